// What the tests of the engine's parts are made from: claims, a record of events, and promises that the test resolves.
import type { Emit, EventName, Events } from '../../src/task/events.ts'
import type { Claim, TaskId } from '../../src/task/task.ts'

/** A claim as a healthy database gives it; `changes` is what a test is about. */
export function claimOf(id: TaskId, changes: Partial<Claim> = {}): Claim {
  return {
    id,
    claimNumber: 1,
    processId: 1,
    queue: 'default',
    kind: 'mail',
    payload: null,
    attempt: 1,
    maxAttempts: 3,
    crashes: 0,
    timeoutMs: null,
    backoffMs: null,
    trace: null,
    waitedMs: 0,
    claimedAtS: null,
    ...changes,
  }
}

export function claimsOf(count: number, firstId = 1): Claim[] {
  return Array.from({ length: count }, (_, index) => claimOf(firstId + index))
}

export interface Recorder {
  readonly emit: Emit
  /** The events of this name, in their order. */
  named<Name extends EventName>(name: Name): Events[Name][]
}

export function recorder(): Recorder {
  const seen: { name: EventName; event: unknown }[] = []
  return {
    emit: (name, event) => void seen.push({ name, event }),
    named: <Name extends EventName>(name: Name) =>
      seen.filter((one) => one.name === name).map((one) => one.event as Events[Name]),
  }
}

export interface Deferred<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value): void
  reject(reason: unknown): void
}

export function deferred<Value = void>(): Deferred<Value> {
  let resolve: Deferred<Value>['resolve'] = () => {}
  let reject: Deferred<Value>['reject'] = () => {}
  const promise = new Promise<Value>((resolveIt, rejectIt) => {
    resolve = resolveIt
    reject = rejectIt
  })
  return { promise, resolve, reject }
}
