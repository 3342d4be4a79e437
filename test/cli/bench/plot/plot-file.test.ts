// Where a plot is put: refused before anything runs, never half written, and what was measured is told in any case.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { requirePlotFile, writePlotFile } from '../../../../src/cli/bench/plot/plot-file.ts'
import { spawnTaskproc, taskproc } from '../../../support/cli.ts'
import { testDatabase } from '../../../support/database.ts'
import { tempDir } from '../../../support/end.ts'
import { eventually } from '../../../support/eventually.ts'
import { expectRefusal } from '../../refusal.ts'

const { url, pool } = await testDatabase()
const env = { DATABASE_URL: url }

it.each([
  { file: 'missing/x.svg', reason: /there is no such directory/ },
  { file: '.', reason: /it is a directory/ },
  { file: 'a-file/x.svg', reason: /what should be its directory is a file/ },
  { file: `${'x'.repeat(300)}.svg`, reason: /its name is too long/ },
])('refuses $file before it connects', async ({ file, reason }) => {
  const cwd = tempDir()
  writeFileSync(join(cwd, 'a-file'), '')
  for (const what of ['drain', 'race']) {
    const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' }
    const finished = await taskproc(['bench', what, '--plot', file], { cwd, env: nowhere })
    expectRefusal(finished, 2, reason, /directory that exists/)
  }
  expect(readdirSync(cwd)).toEqual(['a-file'])
})

it('prints what was measured where the plot cannot be written in the end', async () => {
  const cwd = tempDir()
  mkdirSync(join(cwd, 'plots'))
  const args = ['bench', 'steady', '--rate', '20', '--seconds', '3', '--json', '--in-place']
  const child = spawnTaskproc([...args, '--plot', 'plots/x.svg'], { env, cwd })
  await eventually('it runs', async () => (await pool.query('select from taskproc.tasks limit 1')).rowCount)
  rmSync(join(cwd, 'plots'), { recursive: true })
  const { exitCode, stdout, stderr } = await child.exit
  expect({ exitCode, ok: JSON.parse(stdout).ok }).toEqual({ exitCode: 1, ok: true })
  expect(stderr).toMatch(
    /^error: --plot: cannot write .*x\.svg: there is no such directory\nWhat was measured .*\n$/,
  )
})

it('leaves the directory and the file as they are until there is a picture', async () => {
  const cwd = tempDir()
  const [old, fresh, link] = ['old.svg', 'new.svg', 'link.svg'].map((name) => join(cwd, name))
  writeFileSync(old ?? '', 'before')
  symlinkSync(old ?? '', link ?? '')
  for (const path of [old, fresh, link]) await requirePlotFile(path ?? '')
  expect(readdirSync(cwd)).toEqual(['link.svg', 'old.svg'])
  expect(readFileSync(old ?? '', 'utf8')).toBe('before')
  await writePlotFile(fresh ?? '', 'a picture')
  await writePlotFile(link ?? '', 'another')
  expect(readdirSync(cwd)).toEqual(['link.svg', 'new.svg', 'old.svg'])
  expect([fresh, old].map((path) => readFileSync(path ?? '', 'utf8'))).toEqual(['a picture', 'another'])
})
