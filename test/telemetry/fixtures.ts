// A log that keeps its lines, and claims to tell of.
import type { Emit } from '../../src/task/events.ts'
import type { Claim } from '../../src/task/task.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { createObserver } from '../../src/telemetry/observe.ts'

interface Line {
  readonly level: string
  readonly event: string
  readonly msg: string
  readonly [field: string]: unknown
}

export interface Observed {
  readonly emit: Emit
  readonly lines: () => Line[]
  readonly messages: () => string[]
}

/** An observer and what it has written. */
export async function observed({ level = 'info', linesPerSecond = 1000 } = {}): Promise<Observed> {
  const written: string[] = []
  const stream = { write: (text: string) => written.push(text) }
  const log = await createLog({ stream, level, isReadable: false, hasColour: false })
  const lines = (): Line[] => written.map((text) => JSON.parse(text))
  return { emit: createObserver(log, linesPerSecond), lines, messages: () => lines().map(({ msg }) => msg) }
}

export function claim(id: number, changes: Partial<Claim> = {}): Claim {
  return {
    id,
    claimNumber: 1,
    processId: 1,
    queue: 'default',
    kind: 'reverse',
    payload: 'hello',
    attempt: 1,
    maxAttempts: 1,
    crashes: 0,
    timeoutMs: null,
    backoffMs: null,
    trace: null,
    waitedMs: 0,
    claimedAtS: null,
    ...changes,
  }
}
