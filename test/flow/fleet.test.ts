// A fleet: three API processes behind a real nginx, five workers, fifteen claimers; and one API process dies in the middle.
import { expect, it } from 'vitest'
import { spawnTaskproc } from '../support/cli.ts'
import { testDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { findNginx, startNginx } from '../support/nginx.ts'
import { apiProcess } from './api-process.ts'
import { serving } from './serving.ts'
import { become, expectSound, rows } from './table.ts'

const TOKEN = 'a-token-of-this-test'
const RACED = 6 * 60
/** Ten processes start here. */
const TIMEOUT_MS = 180_000

const { url, pool } = await testDatabase()
const nginxFile = findNginx()

it(
  'races through nginx while one API process is killed: each task once, and the workers finish theirs',
  async ({ skip }) => {
    if (nginxFile === undefined) return skip('there is no nginx here: apt-get install nginx')
    const env = { TASKPROC_API_TOKEN: TOKEN }
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => apiProcess(url, env)))
    const names = ['one', 'two', 'three', 'four', 'five']
    const workers = await Promise.all(names.map((name) => serving(url, { settings: { name, workers: 2 } })))
    if (first === undefined) throw new Error('there is no API')
    const apis = [first, ...others]
    const nginx = await startNginx(
      nginxFile,
      apis.map(({ port }) => port),
    )

    const args = ['bench', 'race', '--url', nginx.url, '--rounds', '6', '--tasks', '60', '--json']
    const race = spawnTaskproc(args, { env: { ...env, DATABASE_URL: url } })
    await eventually('the race is under way', async () => {
      const { rows: done } = await pool.query(
        `select from taskproc.tasks where kind = 'taskproc-race' and status = 'done'`,
      )
      return done.length > RACED / 6
    })
    first.signal('SIGKILL')
    for (let sent = 0; sent < 10; sent++) {
      const numbers = Array.from({ length: 20 }, (_, index) => sent * 20 + index)
      const tasks = numbers.map((n) => ({ kind: 'echo', payload: n, unique_key: `echo-${n}` }))
      const body = JSON.stringify(tasks)
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` }
      // nginx sends nothing twice that could act twice: 502 is the answer of the one that was killed, and the client's to
      // repeat. Had it been inserted, its keys would be taken.
      await eventually('inserted', async () => {
        const { status } = await fetch(`${nginx.url}/tasks`, { method: 'POST', headers, body })
        expect([201, 409, 502]).toContain(status)
        return status !== 502
      })
    }
    const { exitCode, stdout, stderr } = await race.exit
    expect({ exitCode, stderr }, stderr).toMatchObject({ exitCode: 0 })
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ ok: true, faults: [], done: RACED, violations: 0 })
    for (const round of report.rounds) expect(round).toMatchObject({ asked_at_once: 15, given_twice: [] })
    // Round robin: each had its part before one of them died.
    for (const api of apis) expect(api.output()).toContain('remote.joined')

    // Nothing of the race is left, and all else is done, by the workers.
    await become(pool, { done: 200 })
    expect((await rows(pool)).map(({ result }) => result)).toEqual(
      (await rows(pool)).map(({ payload }) => payload),
    )
    for (const worker of workers) worker.signal('SIGTERM')
    for (const worker of workers) expect(await worker.exit).toMatchObject({ exitCode: 0 })
    await expectSound(pool)
    const { rows: left } = await pool.query(
      `select name from taskproc.processes where name like 'taskproc-race%'
     union all select queue from taskproc.tallies where queue like 'taskproc-race%'`,
    )
    expect(left).toEqual([])
  },
  TIMEOUT_MS,
)
