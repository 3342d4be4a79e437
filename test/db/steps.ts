// Steps of a random story: which verb, on what. Indexes pick among what there is when the step is played.
import fc from 'fast-check'
import type { Settlement } from '../../src/task/settlement.ts'
import type { Task } from './model.ts'

export const LATER_MS = 3_600_000

/** A claim of an earlier step, perhaps with another claim number or another owner. */
export interface Pick {
  readonly claim: number
  readonly settlement: Settlement
  readonly numberOff: number
  readonly ownerOff: number
}

export type Step =
  | { readonly verb: 'enqueue'; readonly tasks: readonly Task[] }
  | { readonly verb: 'claim'; readonly place: number; readonly limit: number }
  | { readonly verb: 'claimSuspect'; readonly place: number }
  | { readonly verb: 'settle'; readonly picks: readonly Pick[] }
  | { readonly verb: 'cancel' | 'retry' | 'prune'; readonly picks: readonly number[] }
  | { readonly verb: 'die'; readonly place: number }
  | { readonly verb: 'releaseStrays'; readonly place: number; readonly held: number }

const index = fc.nat({ max: 1000 })
const place = fc.nat({ max: 2 })
const delayMs = fc.constantFrom(0, 0, LATER_MS)
const is = <Verb extends string>(verb: Verb) => fc.constant(verb)

const settlement: fc.Arbitrary<Settlement> = fc.oneof(
  fc.record({ verb: is('complete'), result: fc.constantFrom(null, '1', '"a\\"b"') }),
  fc.record({ verb: is('retry'), delayMs, error: fc.constant('retried') }),
  fc.record({ verb: is('fail'), error: fc.constant('failed') }),
  fc.record({ verb: is('snooze'), delayMs }),
  fc.record({ verb: is('release') }),
  fc.record({ verb: is('cancel'), reason: fc.constant('enough') }),
)

const task: fc.Arbitrary<Task> = fc.record({
  priority: fc.constantFrom(0, 1),
  maxAttempts: fc.constantFrom(1, 2, 100),
  uniqueKey: fc.constantFrom(null, null, 'a', 'b'),
  isDue: fc.constantFrom(true, true, false),
})

const pick: fc.Arbitrary<Pick> = fc.record({
  claim: index,
  settlement,
  numberOff: fc.constantFrom(0, 0, 0, 0, 1, -1),
  ownerOff: fc.constantFrom(0, 0, 0, 0, 1),
})

const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 4 })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ verb: is('enqueue'), tasks: some(task) }) },
  { weight: 5, arbitrary: fc.record({ verb: is('claim'), place, limit: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ verb: is('claimSuspect'), place }) },
  { weight: 5, arbitrary: fc.record({ verb: is('settle'), picks: some(pick) }) },
  { weight: 3, arbitrary: fc.record({ verb: is('cancel'), picks: some(index) }) },
  { weight: 2, arbitrary: fc.record({ verb: is('retry'), picks: some(index) }) },
  { weight: 1, arbitrary: fc.record({ verb: is('prune'), picks: some(index) }) },
  { weight: 2, arbitrary: fc.record({ verb: is('die'), place }) },
  { weight: 2, arbitrary: fc.record({ verb: is('releaseStrays'), place, held: index }) },
)

export const anySteps: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 50, size: 'max' })
