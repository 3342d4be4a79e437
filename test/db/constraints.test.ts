// The database itself refuses a row that the design forbids, whoever writes it.
import { beforeEach, expect, it } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { addTask, deleteAll } from './fixtures.ts'

const { pool } = await testDatabase()
const at = '2020-01-01T00:00:00Z'
const held = { claimed_by: 1, claimed_at: at, attempts: 1, claim_number: 1 }
const done = { ...held, status: 'done', finished_at: at }

beforeEach(() => deleteAll(pool))

it.each([
  ['pending, with defaults', {}],
  ['pending after two failures', { attempts: 2, claim_number: 2, error: 'timed out' }],
  ['in progress', { ...held, status: 'in_progress' }],
  ['in progress at the last attempt', { ...held, status: 'in_progress', attempts: 3, claim_number: 3 }],
  ['done', done],
  ['done, with a result', { ...done, result: { a: 1 } }],
  ['in error', { ...held, status: 'error', finished_at: at, error: 'no' }],
  ['in error by quarantine, without an attempt', { ...done, status: 'error', error: 'no', attempts: 0 }],
  ['cancelled before it was ever claimed', { status: 'cancelled', finished_at: at }],
  ['cancelled while it ran', { ...done, status: 'cancelled', error: 'enough' }],
  ['of the longest names', { queue: 'q'.repeat(128), kind: 'k'.repeat(128), unique_key: 'u'.repeat(512) }],
])('accepts a task that is %s', async (_, columns) => {
  await expect(addTask(pool, columns)).resolves.toBeGreaterThan(0)
})

it.each([
  ['of an unknown status', 'tasks_status_known', { status: 'running' }],
  ['pending with an owner', 'tasks_pending_is_free', { claimed_by: 1 }],
  ['pending with a time of its claim', 'tasks_pending_is_free', { claimed_at: at }],
  [
    'in progress without an owner',
    'tasks_running_is_owned',
    { status: 'in_progress', ...held, claimed_by: null },
  ],
  [
    'in progress since nobody knows when',
    'tasks_running_is_owned',
    { status: 'in_progress', ...held, claimed_at: null },
  ],
  ['in progress in no attempt', 'tasks_running_is_owned', { status: 'in_progress', ...held, attempts: 0 }],
  [
    'in progress with a time of its end',
    'tasks_finished_has_time',
    { status: 'in_progress', ...held, finished_at: at },
  ],
  ['pending with a time of its end', 'tasks_finished_has_time', { finished_at: at }],
  ['done without a time', 'tasks_finished_has_time', { ...done, finished_at: null }],
  ['in error without a time', 'tasks_finished_has_time', { ...held, status: 'error', error: 'no' }],
  ['cancelled without a time', 'tasks_finished_has_time', { status: 'cancelled' }],
  ['done by nobody', 'tasks_done_was_claimed', { ...done, claimed_by: null }],
  ['in error without a text', 'tasks_error_has_text', { ...done, status: 'error' }],
  ['in error with a result', 'tasks_result_of_done', { ...done, status: 'error', error: 'no', result: 1 }],
  ['pending with a result', 'tasks_result_of_done', { result: 1 }],
  ['of less than no attempts', 'tasks_attempts_bounded', { attempts: -1 }],
  ['of more attempts than it may have', 'tasks_attempts_bounded', { ...done, attempts: 4 }],
  ['without any attempt to make', 'tasks_attempts_bounded', { max_attempts: 0 }],
  ['of too many attempts to make', 'tasks_attempts_bounded', { max_attempts: 1001 }],
  ['of less than no crashes', 'tasks_counters_positive', { crashes: -1 }],
  ['of no time to run', 'tasks_counters_positive', { timeout_ms: 0 }],
  ['of a negative backoff', 'tasks_counters_positive', { backoff_ms: -1 }],
  ['of a queue without a name', 'tasks_names_bounded', { queue: '' }],
  ['of a queue with too long a name', 'tasks_names_bounded', { queue: 'q'.repeat(129) }],
  ['of a kind without a name', 'tasks_names_bounded', { kind: '' }],
  ['of a kind with too long a name', 'tasks_names_bounded', { kind: 'k'.repeat(129) }],
  ['of an empty unique key', 'tasks_names_bounded', { unique_key: '' }],
  ['of too long a unique key', 'tasks_names_bounded', { unique_key: 'u'.repeat(513) }],
])('refuses a task that is %s (%s)', async (_, constraint, columns) => {
  await expect(addTask(pool, columns)).rejects.toMatchObject({ code: '23514', constraint })
})

// Each of these would make a whole claim, or a look at the lanes, fail for everybody and for ever.
it.each([
  ['pending with no attempt left', { attempts: 3, claim_number: 3 }],
  ['due at no finite time', { run_at: 'infinity' }],
  ['due since before all time', { run_at: '-infinity' }],
])('refuses a task that is %s', async (_, columns) => {
  await expect(addTask(pool, columns)).rejects.toMatchObject({ code: '23514' })
})

it.each([
  ['done without a time of its claim', { ...done, claimed_at: null }],
  ['done in no attempt', { ...done, attempts: 0 }],
  ['done without a claim', { ...done, claim_number: 0 }],
  ['of a negative claim number', { claim_number: -1 }],
  ['tried more often than it was claimed', { ...done, attempts: 2 }],
  ['pending although somebody wants it cancelled', { cancel_requested: true }],
])('refuses a task that is %s', async (_, columns) => {
  await expect(addTask(pool, columns)).rejects.toMatchObject({ code: '23514' })
})

it.each([
  ['queue'],
  ['kind'],
  ['payload'],
  ['priority'],
  ['status'],
  ['attempts'],
  ['max_attempts'],
  ['crashes'],
  ['claim_number'],
  ['run_at'],
  ['created_at'],
  ['updated_at'],
  ['cancel_requested'],
])('refuses a task without its %s', async (column) => {
  await expect(addTask(pool, { [column]: null })).rejects.toMatchObject({ code: '23502', column })
})

it('holds a unique_key for one live task at a time, and frees it when that one ends', async () => {
  const clash = { code: '23505', constraint: 'tasks_unique_live' }
  const first = await addTask(pool, { unique_key: 'k' })
  await expect(addTask(pool, { unique_key: 'k' })).rejects.toMatchObject(clash)
  const start = `update taskproc.tasks set status = 'in_progress', claimed_by = 1, claimed_at = now(), attempts = 1, claim_number = 1 where id = $1`
  await pool.query(start, [first])
  await expect(addTask(pool, { unique_key: 'k' })).rejects.toMatchObject(clash)
  await pool.query(`update taskproc.tasks set status = 'done', finished_at = now() where id = $1`, [first])
  await addTask(pool, { unique_key: 'k' })
  await expect(
    pool.query(`update taskproc.tasks set status = 'in_progress', finished_at = null where id = $1`, [first]),
  ).rejects.toMatchObject(clash)
})

it.each([
  ['an unknown event', 'task_logs_event_known', 'finished', 'info'],
  ['an unknown level', 'task_logs_level_known', 'log', 'fatal'],
])('refuses a line of history with %s (%s)', async (_, constraint, event, level) => {
  const line = pool.query(
    `insert into taskproc.task_logs (task_id, attempt, event, level, message) values (1, 1, $1, $2, '')`,
    [event, level],
  )
  await expect(line).rejects.toMatchObject({ code: '23514', constraint })
})
