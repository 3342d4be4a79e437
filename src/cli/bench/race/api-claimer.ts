// A claimer that is a remote worker: it reaches the store over HTTP alone, through whatever stands in between.
import type { TaskId } from '../../../task/task.ts'
import type { ApiAnswer, ApiClient } from './api-client.ts'
import { type Claimer, type Grab, RACE_KIND } from './claimer.ts'

/** Longer than any race: a claimer does not beat. */
const LEASE = '10m'
/** There are no such tasks: registering claims nothing, so nothing is lost with its answer. */
const NO_KIND = 'taskproc-race-nothing'
/** API processes that die while one claimer registers. */
const MOST_JOINS = 10

interface Claims {
  readonly process_id: TaskId
  readonly tasks: readonly { id: TaskId; claim_number: number }[]
}

interface Me {
  readonly name: string
  readonly id: TaskId
}

/** Registers. */
export async function apiClaimer(client: ApiClient, name: string, queue: string): Promise<Claimer> {
  let names = 0
  const ask = (body: object) => client.post('/claims', { queues: [queue], limit: 1, lease: LEASE, ...body })

  /** Under a name that is used once: whose answer was lost, that one is taken. */
  async function join(): Promise<Me> {
    for (let joins = 0; ; joins++) {
      const own = names++ === 0 ? name : `${name}-${names}`
      const answer = await ask({ process: own, kinds: [NO_KIND] })
      if (answer.status === 200 || joins === MOST_JOINS)
        return { name: own, id: expected<Claims>(answer).process_id }
    }
  }

  /** Whatever it holds goes back. */
  async function leave({ name: own, id }: Me): Promise<void> {
    const body = { process_id: id, state: 'stopping', holding: [] }
    await client.post(`/processes/${encodeURIComponent(own)}/beat`, body)
  }

  let me = await join()
  return {
    name,
    processId: me.id,
    grab: async (): Promise<Grab | null> => {
      const answer = await ask({ process: me.name, process_id: me.id, kinds: [RACE_KIND] })
      if (answer.isRepeated) {
        // The first answer was lost, with an API process that died perhaps, and with it a task: this claimer is somebody new.
        await leave(me)
        me = await join()
        return null
      }
      const [task] = expected<Claims>(answer).tasks
      return task === undefined ? null : { id: task.id, claimNumber: task.claim_number }
    },
    complete: async ({ id, claimNumber }) => {
      expected(await client.post(`/tasks/${id}/complete`, { process_id: me.id, claim_number: claimNumber }))
    },
    leave: () => leave(me).catch(() => {}),
  }
}

function expected<Body>({ status, body }: ApiAnswer): Body {
  if (status !== 200) throw new Error(`the API answered ${status}: ${JSON.stringify(body)}`)
  return body as Body
}
