// What the engine of a benchmark does, in numbers that are sent in batches: nothing is measured by writing it down.
import type { Emit, EventName, Events } from '../../task/events.ts'
import { nowMs } from './clock.ts'
import { CODE, type FromEngine, RECORD_NUMBERS } from './messages.ts'

const RECORDS_PER_MESSAGE = 4096
/** Who waits for a single task hears of it so soon. */
const FLUSH_MS = 20

export interface Recorder {
  readonly emit: Emit
  /** Sends what has not been sent yet. */
  flush(): void
}

/** Hears the events of an engine, and tells what it heard a few milliseconds later at the latest. */
export function createRecorder(send: (message: FromEngine) => void): Recorder {
  const records = new Float64Array(RECORDS_PER_MESSAGE * RECORD_NUMBERS)
  let used = 0
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (used > 0) send({ type: 'records', records: records.slice(0, used) })
    used = 0
  }

  function note(code: number, subject: number, value: number): void {
    records[used] = code
    records[used + 1] = subject
    records[used + 2] = value
    used += RECORD_NUMBERS
    if (used === records.length) flush()
    else timer ??= setTimeout(flush, FLUSH_MS)
  }

  const heard: { [Name in EventName]?: (event: Events[Name]) => void } = {
    'run.started': ({ claim }) => note(CODE.started, Number(claim.id), nowMs()),
    'settle.written': ({ claim, settlement }) =>
      note(settlement.verb === 'complete' ? CODE.done : CODE.failed, Number(claim.id), nowMs()),
    'settle.lost': ({ claim }) => note(CODE.refused, Number(claim.id), nowMs()),
    'claim.taken': ({ claims, tookMs }) => note(CODE.claim, claims.length, tookMs),
  }
  return { flush, emit: (name, event) => heard[name]?.(event) }
}
