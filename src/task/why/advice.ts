// What to do about tasks that no live process would claim: the same advice from `why`, which is asked about one of them,
// and from `doctor`, which finds them.
import { nearest } from '../near.ts'
import { literal, shellWord } from '../typed.ts'

export interface KindAdvice {
  /** The kinds that live processes serve and that may have been meant; empty where none is near. */
  readonly meant: readonly string[]
  /** SQL that gives the waiting tasks the kind that was meant; null where none is near. */
  readonly rename: string | null
  /** A command that serves the kind as it is. */
  readonly serve: string
}

/** No live process has a handler for `kind`; they have handlers for `served`. */
export function adviceOnKind(kind: string, served: readonly string[]): KindAdvice {
  const meant = nearest(kind, served)
  const [near] = meant
  return {
    meant,
    rename:
      near === undefined
        ? null
        : `update taskproc.tasks set kind = ${literal(near)} where claimable and kind = ${literal(kind)}`,
    serve: `taskproc serve --exec ${shellWord(`${kind}=COMMAND`)} # or --handlers FILE`,
  }
}

/** Live processes have a handler for a task of `queue`, and none of them serves the queue; they serve `served`. */
export function adviceOnQueue(
  queue: string,
  served: readonly string[],
): { meant: readonly string[]; serve: string } {
  return { meant: nearest(queue, served), serve: `taskproc serve --queue ${shellWord(queue)}` }
}
