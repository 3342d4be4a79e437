// Listen: a connection of its own that hears of work and of cancellations, and says when it is lost.
import { expect, it } from 'vitest'
import { type Hearing, type Listening, listen } from '../../src/db/listen.ts'
import type { Pool } from '../../src/db/pool.ts'
import { testDatabase, withDatabase } from '../support/database.ts'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'

const { url, pool } = await testDatabase()
const ENDED = `select pg_terminate_backend(pid) as ended from pg_stat_activity where application_name = $1`
const deaf: Hearing = { onWork: () => {}, onCancel: () => {} }

async function start(applicationName: string, hearing = deaf): Promise<Listening> {
  const listening = await listen({ url, applicationName }, pool, hearing)
  atTestEnd(() => listening.close())
  return listening
}

it('hears of work by its queue and of cancellations by their task, in their order', async () => {
  const heard: unknown[] = []
  await start('hears', { onWork: (queue) => heard.push(queue), onCancel: (id) => heard.push(id) })
  const notify = (channel: string, payload: string) =>
    pool.query('select pg_notify($1, $2)', [channel, payload])
  await notify('taskproc_work', 'ä "quoted"')
  await notify('taskproc_cancel', '7')
  await notify('taskproc_other', 'nothing')
  await notify('taskproc_cancel', '9007199254740993')
  await notify('taskproc_work', '')
  await eventually('four notifications', () => heard.length === 4)
  expect(heard).toEqual(['ä "quoted"', 7, '9007199254740993', ''])
})

it('knows that it really hears', async () => {
  expect(await start('hears itself')).toMatchObject({ hears: true })
})

it('says that it hears nothing when the connection is lost before the echo comes', async () => {
  const ending = { query: () => pool.query(ENDED, ['never hears']) } as unknown as Pool
  const listening = await listen({ url, applicationName: 'never hears' }, ending, deaf)
  expect(listening.hears).toBe(false)
})

it('is named in pg_stat_activity', async () => {
  await start('a name of its own')
  const { rows } = await pool.query(
    `select from pg_stat_activity where application_name = 'a name of its own'`,
  )
  expect(rows).toHaveLength(1)
})

it('says when its connection is lost, and does not throw', async () => {
  const listening = await start('will be lost')
  const { rows } = await pool.query(ENDED, ['will be lost'])
  expect(rows).toEqual([{ ended: true }])
  await expect(listening.ended).resolves.toBeUndefined()
})

it('ends when it is closed, and may be closed twice', async () => {
  const listening = await start('will be closed')
  await listening.close()
  await expect(listening.ended).resolves.toBeUndefined()
  await listening.close()
})

it('throws when it cannot connect', async () => {
  const nowhere = { url: withDatabase(url, 'no_such_database'), applicationName: 'test' }
  await expect(listen(nowhere, pool, deaf)).rejects.toMatchObject({ code: '3D000' })
})
