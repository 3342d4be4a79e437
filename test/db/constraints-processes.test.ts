// The database itself refuses a process that the design forbids, and two living ones of one name.
import { expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { addProcess } from './fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'

it.each([
  ['of an unknown state', 'processes_state_known', { state: 'idle' }],
  ['stopped without a time', 'processes_end_has_time', { state: 'stopped' }],
  ['lost without a time', 'processes_end_has_time', { state: 'lost' }],
  ['running with a time of its end', 'processes_end_has_time', { stopped_at: at }],
  ['without a name', 'processes_name_bounded', { name: '' }],
  ['of too long a name', 'processes_name_bounded', { name: 'n'.repeat(129) }],
])('refuses a process that is %s (%s)', async (_, constraint, columns) => {
  await expect(addProcess(pool, columns)).rejects.toMatchObject({ code: '23514', constraint })
})

it('lets one living process have a name, and any number of dead ones', async () => {
  await addProcess(pool, { name: 'n', state: 'lost', stopped_at: at })
  await addProcess(pool, { name: 'n', state: 'stopped', stopped_at: at })
  await addProcess(pool, { name: 'n' })
  const clash = { code: '23505', constraint: 'processes_live_name' }
  await expect(addProcess(pool, { name: 'n' })).rejects.toMatchObject(clash)
  await expect(addProcess(pool, { name: 'n', state: 'draining' })).rejects.toMatchObject(clash)
})
