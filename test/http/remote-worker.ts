// A remote worker of a test: its calls, and the rows that they are about.
import type { Pool } from '../../src/db/pool.ts'
import type { NewTask, TaskId } from '../../src/task/task.ts'
import { put } from '../flow/table.ts'
import type { Answer, TestApi } from './api.ts'

export interface ClaimedTask {
  readonly id: TaskId
  readonly claim_number: number
  readonly status: string
  readonly claimed_by: string
  readonly attempts: number
  readonly payload: unknown
}

interface Claims {
  readonly process_id: TaskId
  readonly lease_seconds: number
  readonly tasks: readonly ClaimedTask[]
}

export interface Worker {
  readonly name: string
  /** Claims with its process_id, once it has one. `kinds` is ['remote'] unless it is given. */
  claim(body?: Record<string, unknown>): Promise<Claims>
  claimAnswer(body?: Record<string, unknown>): Promise<Answer>
  settle(verb: Verb, task: ClaimedTask, body?: Record<string, unknown>): Promise<Answer>
  beat(body?: Record<string, unknown>): Promise<Answer>
  readonly processId: TaskId | undefined
}

export type Verb = 'complete' | 'fail' | 'snooze' | 'release'

let workers = 0

export function worker({ call }: Pick<TestApi, 'call'>, name = `remote-${++workers}`): Worker {
  let processId: TaskId | undefined
  const claimAnswer = (body: Record<string, unknown> = {}) =>
    call('POST', '/claims', {
      body: {
        process: name,
        kinds: ['remote'],
        ...(processId === undefined ? {} : { process_id: processId }),
        ...body,
      },
    })
  return {
    name,
    claimAnswer,
    claim: async (body) => {
      const answer = await claimAnswer(body)
      if (answer.status !== 200) throw new Error(`POST /claims: ${answer.status} ${answer.text}`)
      const claims = answer.body as Claims
      processId = claims.process_id
      return claims
    },
    settle: (verb, task, body) =>
      call('POST', `/tasks/${task.id}/${verb}`, {
        body: { process_id: processId, claim_number: task.claim_number, ...body },
      }),
    beat: (body) => call('POST', `/processes/${name}/beat`, { body: { process_id: processId, ...body } }),
    get processId() {
      return processId
    },
  }
}

/** Enqueues a task of kind `remote` and claims it. */
export async function held(pool: Pool, who: Worker, task: Partial<NewTask> = {}): Promise<ClaimedTask> {
  const [id] = await put(pool, { kind: 'remote', ...task })
  const { tasks } = await who.claim()
  const [claimed] = tasks
  if (claimed === undefined || claimed.id !== id)
    throw new Error(`claimed ${JSON.stringify(tasks)}, not ${id}`)
  return claimed
}
