// The worker in Python that knows nothing but HTTP: it runs tasks, drains, and is rescued when it is killed.
import { writeFileSync } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { beforeEach, describe, expect, it } from 'vitest'
import { HAS_PYTHON } from '../examples/programs.ts'
import { type Child, startChild } from '../support/child.ts'
import { cleanEnv } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { apiProcess } from './api-process.ts'
import { become, counts, expectSound, history, processesNamed, put, row, rows } from './table.ts'

const WORKER = fileURLToPath(new URL('../../examples/remote_worker.py', import.meta.url))
const TOKEN = 'a-token-of-this-test'

const { url, pool } = await testDatabase()
const api = await apiProcess(url, { TASKPROC_API_TOKEN: TOKEN })

function python(name: string, token = TOKEN): Child {
  const env = cleanEnv({ TASKPROC_URL: api.url, TASKPROC_API_TOKEN: token, WORKER_NAME: name })
  return startChild(WORKER, [], { env, cwd: tempDir() })
}

beforeEach(async () => {
  await pool.query('delete from taskproc.tasks')
})

describe.runIf(HAS_PYTHON)('remote_worker.py', () => {
  it('runs what it can, and says what it cannot', async () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'poem.txt'), 'Die Rose ist eine Rose ist eine Rose\n')
    const task = { kind: 'word_count', backoffMs: 1, maxAttempts: 2 }
    const [good] = await put(pool, { ...task, payload: { file: join(folder, 'poem.txt') } })
    const [missing] = await put(pool, { ...task, payload: { file: join(folder, 'gone.txt') } })
    const [wrong] = await put(pool, { ...task, payload: ['gone.txt'] })
    const worker = python('reader/ä')
    await worker.waitForOutput(/^reader\/ä runs tasks of kind word_count from http:/)
    await become(pool, { done: 1, error: 2 })
    expect(await row(pool, good)).toMatchObject({
      result: { words: 8, most_common: expect.arrayContaining([['rose', 3]]) },
    })
    expect(await row(pool, missing)).toMatchObject({
      attempts: 2,
      error: expect.stringContaining('gone.txt'),
    })
    expect(await row(pool, wrong)).toMatchObject({ attempts: 1, error: expect.stringContaining('TypeError') })
    worker.signal('SIGTERM')
    expect(await worker.exit).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await processesNamed(pool, 'reader/ä')).toMatchObject([{ state: 'stopped' }])
    await expectSound(pool)
  })

  it.each(['', 'a-token-of-somebody-else'])(
    'ends with a word about it where its token is refused: %j',
    async (token) => {
      expect(await python('stranger', token).exit).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^http:\S+ refuses this worker, see TASKPROC_API_TOKEN: .*401/),
      })
    },
  )

  it('finishes what it runs at SIGTERM, and gives back the rest at no cost', async () => {
    const { file, inside } = await gate()
    const [running, waiting] = await put(pool, { kind: 'word_count', payload: { file } }, 2)
    const worker = python('drained')
    const { letThrough } = await inside()
    worker.signal('SIGTERM')
    await worker.waitForOutput(/^draining: /m)
    await letThrough()
    expect(await worker.exit).toMatchObject({ exitCode: 0 })
    expect(await row(pool, running)).toMatchObject({ status: 'done', attempts: 1 })
    expect(await row(pool, waiting)).toMatchObject({ status: 'pending', attempts: 0, crashes: 0 })
    await expectSound(pool)
  })

  it('loses its tasks when it is killed: they are rescued, and another one runs them', async () => {
    const { file, inside } = await gate()
    await put(pool, { kind: 'word_count', payload: { file } }, 2)
    const victim = python('victim')
    const { letThrough } = await inside()
    expect(await counts(pool)).toEqual({ in_progress: 2 })
    victim.signal('SIGKILL')
    await victim.exit
    await letThrough().catch(() => {})
    // It is dead, and 15 s are a long time.
    await pool.query(`update taskproc.processes set lease_ms = 1000 where name = 'victim'`)
    await become(pool, { pending: 2 })
    for (const task of await rows(pool)) {
      expect(task).toMatchObject({ attempts: 0, crashes: 1, claim_number: 1 })
      expect(await history(pool, task.id)).toMatchObject([{ event: 'rescued' }])
    }
    expect(await processesNamed(pool, 'victim')).toMatchObject([{ state: 'lost' }])
    const heir = python('heir')
    await (await inside()).letThrough()
    await become(pool, { done: 1, in_progress: 1 })
    await (await inside()).letThrough()
    await become(pool, { done: 2 })
    heir.signal('SIGTERM')
    await heir.exit
    expect(await counts(pool)).toEqual({ done: 2 })
    await expectSound(pool)
  })
})

/** A named pipe: who reads it is `inside` until it is let through. One after the other, where several read it. */
async function gate(): Promise<{ file: string; inside(): Promise<{ letThrough(): Promise<void> }> }> {
  const file = join(tempDir(), 'gate')
  await execa('mkfifo', [file])
  const inside = async () => {
    // Refused while nobody reads.
    const flags = constants.O_WRONLY | constants.O_NONBLOCK
    const pipe = await eventually('somebody reads', () => open(file, flags))
    const letThrough = async () => {
      await pipe.write('open\n').finally(() => pipe.close())
    }
    return { letThrough }
  }
  return { file, inside }
}
