// The package as a user gets it: packed, installed in an empty project, its types checked, its examples run.
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, it, type TestContext } from 'vitest'
import { startMailServer } from '../examples/mail-server.ts'
import { examplePrograms, HAS_PYTHON } from '../examples/programs.ts'
import { counts, put, row } from '../flow/table.ts'
import { type Finished, startChild } from '../support/child.ts'
import { cleanEnv } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'

const ROOT = join(import.meta.dirname, '../..')
const INSTALL_LIMIT_MS = 180_000

const { url, pool } = await testDatabase({ migrated: false })
const project = tempDir()
let unreachable = ''

function run(file: string, args: readonly string[], cwd = project, env = {}): Promise<Finished> {
  const child = startChild(file, args, { env: cleanEnv(env), cwd })
  child.end()
  return child.exit
}

beforeAll(async () => {
  const packed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project], ROOT)
  expect(packed.exitCode, packed.stderr).toBe(0)
  const [tarball = ''] = (await readdir(project)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }')
  // The embedded server, 60 MB, is optional, and not what is tested here.
  const flags = ['--omit=optional', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const installed = await run('npm', ['install', ...flags, tarball])
  if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENOTCACHED/.test(installed.stderr))
    unreachable = installed.stderr
  else expect(installed.exitCode, installed.stderr).toBe(0)
}, INSTALL_LIMIT_MS)

/** What it depends on comes from the registry; without one, there is nothing to test. */
function requireInstall({ skip }: Pick<TestContext, 'skip'>): void {
  if (unreachable !== '') skip(`npm could not install: ${unreachable.split('\n', 1)}`)
}

it('has types that a strict project compiles with, library checks included, and runs', async (context) => {
  requireInstall(context)
  await cp(join(import.meta.dirname, 'consumer.ts'), join(project, 'consumer.ts'))
  const options = ['--target', 'es2023', '--module', 'nodenext', '--strict', '--exactOptionalPropertyTypes']
  const compiled = await run(join(ROOT, 'node_modules/.bin/tsc'), [
    ...options,
    '--types',
    'node',
    'consumer.ts',
  ])
  expect(compiled.stdout).toBe('')
  const { stdout, stderr } = await run(process.execPath, ['consumer.js', url])
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual({
    state: 'running',
    done: 2,
    heard: true,
    seen: [
      ['emails', 'done', 1, null],
      ['sums', 'done', 2, null],
      ['refuse', 'error', null, 'refuse: no'],
    ],
  })
})

it('brings its command, its migrations and its examples, which run where they are copied to', async (context) => {
  requireInstall(context)
  await cp(join(project, 'node_modules/taskproc/examples'), join(project, 'examples'), { recursive: true })
  // As `npm install nodemailer sharp ...` would, without downloading them again.
  for (const name of ['nodemailer', 'sharp', 'pg-query-stream', 'csv-stringify'])
    await symlink(join(ROOT, 'node_modules', name), join(project, 'node_modules', name))
  await mkdir(join(project, 'papers'))
  const red = { width: 300, height: 300, channels: 3 as const, background: 'red' }
  await sharp({ create: red }).png().toFile(join(project, 'red.png'))
  const mails = await startMailServer()

  const taskproc = join(project, 'node_modules/.bin/taskproc')
  const env = { DATABASE_URL: url, SMTP_URL: mails.url }
  expect(await run(taskproc, ['migrate'], project, env)).toMatchObject({ exitCode: 0 })
  await pool.query('delete from taskproc.tasks')
  await put(pool, { kind: 'emails', payload: { to: 'ada@example.com', subject: 'Hello', text: 'It works.' } })
  const [picture] = await put(pool, {
    kind: 'images_processing',
    payload: { file: 'red.png', folder: 'made' },
  })
  await put(pool, { kind: 'report_generation', payload: {} })
  if (HAS_PYTHON) await put(pool, { kind: 'word_count', payload: { file: 'examples/README.md' } })
  await put(pool, { kind: 'archive', payload: 'papers' })
  const flags = examplePrograms('examples').flatMap((program) => ['--exec', program])
  const served = await run(
    taskproc,
    ['serve', '--handlers', 'examples/handlers.ts', ...flags, '--until-empty'],
    project,
    env,
  )
  expect(served.exitCode, served.stderr).toBe(0)
  expect(await counts(pool), served.stderr).toEqual({ done: HAS_PYTHON ? 5 : 4 })
  expect(await row(pool, picture)).toMatchObject({ result: [{ file: join('made', 'red-160.webp') }, {}] })
  expect(await readdir(join(project, 'reports'))).toHaveLength(2)
  expect(mails.received()).toHaveLength(1)
})
