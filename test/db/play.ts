// Plays a step of a random story in the database and in the model, and compares the two answers.
import { expect } from 'vitest'
import { cancel } from '../../src/db/cancel.ts'
import { claim } from '../../src/db/claim.ts'
import type { Db } from '../../src/db/db.ts'
import { enqueue } from '../../src/db/enqueue.ts'
import { prune } from '../../src/db/prune/prune.ts'
import { declareDead, rescue } from '../../src/db/rescue.ts'
import { retry } from '../../src/db/retry.ts'
import { settle } from '../../src/db/settle.ts'
import { releaseStrays } from '../../src/db/strays.ts'
import { claimSuspect } from '../../src/db/suspects.ts'
import type { Settlement } from '../../src/task/settlement.ts'
import type { Status } from '../../src/task/status.ts'
import type { Claim, NewTask, TaskId } from '../../src/task/task.ts'
import { addProcess, lane } from './fixtures.ts'
import { CRASH_LIMIT, type Model, type Task } from './model.ts'
import { LATER_MS, type Pick, type Step } from './steps.ts'

/** Three places where processes live and die, and every claim that was ever given, the newest last. */
export interface Story {
  readonly db: Db
  readonly model: Model
  readonly processes: TaskId[]
  readonly claims: Claim[]
  /** Hears what every settlement left, as the process that sent it does. */
  readonly onSettled?: (claim: Claim, settlement: Settlement, status: Status) => void
}

/** Does the step, and expects of its answer what the model expects. */
export async function play(story: Story, step: Step): Promise<void> {
  const { db, model, processes, claims, onSettled } = story
  const me = 'place' in step ? (processes[step.place] ?? 0) : 0
  switch (step.verb) {
    case 'enqueue': {
      const ids = await enqueue(db, step.tasks.map(asNewTask))
      for (const [index, task] of step.tasks.entries()) expectEnqueued(model, task, ids[index] ?? null)
      return
    }
    case 'claim': {
      const answer = await claim(db, me, step.limit, [lane({ priority: 1 }), lane()], CRASH_LIMIT - 2)
      expect(answer.claims.map(({ id }) => id)).toEqual(model.claim(me, step.limit, false))
      claims.push(...answer.claims)
      return
    }
    case 'claimSuspect': {
      const suspect = await claimSuspect(db, me, CRASH_LIMIT - 1)
      expect(suspect === null ? [] : [suspect.id]).toEqual(model.claim(me, 1, true))
      if (suspect !== null) claims.push(suspect)
      return
    }
    case 'settle': {
      const batch = step.picks.map((pick) => asSettling(claims, pick)).filter((one) => one !== null)
      const once = batch.filter(
        (one, index) => batch.findIndex(({ claim }) => claim.id === one.claim.id) === index,
      )
      const expected = once.filter(({ claim, settlement }) => model.settle(claim, settlement))
      const written = await settle(db, 'me', once)
      expect(written).toEqual(new Map(expected.map(({ claim: { id } }) => [id, model.rows.get(id)?.status])))
      for (const { claim, settlement } of once) {
        const status = written.get(claim.id)
        if (status !== undefined) onSettled?.(claim, settlement, status)
      }
      return
    }
    case 'cancel': {
      const ids = idsAt(model, step.picks)
      const answers = await cancel(db, ids, 'somebody')
      expect(answers.map(({ answer }) => answer)).toEqual(
        model.otherwise(() => ids.map((id) => model.cancel(id))),
      )
      return
    }
    case 'retry': {
      const ids = idsAt(model, step.picks)
      const answers = await retry(db, ids, 'somebody')
      expect(answers.map(({ answer }) => answer)).toEqual(
        model.otherwise(() => ids.map((id) => model.retry(id))),
      )
      return
    }
    case 'prune': {
      const ids = idsAt(model, step.picks)
      const pruned = await prune(db, ids, { olderThanMs: 0 })
      const gone = model.otherwise(() => ids.filter((id) => model.prune(id)))
      expect(pruned.map(({ id }) => id)).toEqual(gone)
      return
    }
    case 'die': {
      await declareDead(db, me)
      const rescued = await rescue(db, CRASH_LIMIT, 100)
      expect(new Set(rescued.map(({ id }) => id))).toEqual(new Set(model.otherwise(() => model.die(me))))
      processes[step.place] = await addProcess(db)
      return
    }
    case 'releaseStrays': {
      const held = idsAt(model, [step.held])
      const released = await releaseStrays(db, me, held)
      expect(new Set(released)).toEqual(new Set(model.otherwise(() => model.releaseStrays(me, held))))
    }
  }
}

function asNewTask({ priority, maxAttempts, uniqueKey, isDue }: Task): NewTask {
  const task = { kind: 'noop', priority, maxAttempts, delayMs: isDue ? 0 : LATER_MS }
  return uniqueKey === null ? task : { ...task, uniqueKey }
}

function expectEnqueued(model: Model, task: Task, id: TaskId | null): void {
  expect(id !== null).toBe(model.isFree(task.uniqueKey))
  if (id !== null) model.add(id, task)
}

/** What is decided instead of a retry when no attempt is left. */
const FAILED: Settlement = { verb: 'fail', error: 'failed' }

/** Among the newest claims, so that most of them are held still. */
function asSettling(claims: readonly Claim[], { claim: index, settlement, numberOff, ownerOff }: Pick) {
  const picked = claims.at(-1 - (index % Math.min(claims.length, 8)))
  if (picked === undefined) return null
  const processId = Number(picked.processId) + ownerOff
  const isLast = settlement.verb === 'retry' && picked.attempt >= picked.maxAttempts
  return {
    claim: { ...picked, claimNumber: picked.claimNumber + numberOff, processId },
    settlement: isLast ? FAILED : settlement,
    tookMs: 1,
  }
}

/** Different ids, the smallest first. */
function idsAt({ rows }: Model, picks: readonly number[]): TaskId[] {
  const ids = [...rows.keys()]
  const picked = new Set(ids.length === 0 ? [] : picks.map((index) => ids[index % ids.length] ?? 0))
  return ids.filter((id) => picked.has(id))
}
