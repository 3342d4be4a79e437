// Whether an engine does its work, from the events that it emits: for `/readyz` of `serve --http`.
import type { Emit, EventName, Events } from '../../task/events.ts'

export interface Readiness {
  /** Passes events on to `inner`, and looks at them. */
  readonly emit: Emit
  /** Why tasks are not claimed now, in words for the operator; none where they are. */
  reasons(): string[]
}

/** Goes between the engine and `inner`, who hears all the same. */
export function watchReadiness(inner: Emit): Readiness {
  let isStarted = false
  let isDraining = false
  let isFenced = false
  const failing = new Set<string>()

  const watch: { [Name in EventName]?: (event: Events[Name]) => void } = {
    'process.started': () => {
      isStarted = true
    },
    'drain.started': () => {
      isDraining = true
    },
    'lease.fenced': () => {
      isFenced = true
    },
    'lease.restored': () => {
      isFenced = false
    },
    // It goes on under another row, with a lease of its own.
    'lease.lost': () => {
      isFenced = false
    },
    'part.failed': ({ part }) => void failing.add(part),
    'part.recovered': ({ part }) => void failing.delete(part),
  }

  return {
    emit: (name, event) => {
      watch[name]?.(event)
      inner(name, event)
    },
    reasons: () => [
      ...(isStarted ? [] : ['the engine has not started']),
      ...(isDraining ? ['this process is draining'] : []),
      ...(isFenced ? ['the lease of this process cannot be renewed'] : []),
      ...(failing.has('fetcher') ? ['the fetcher cannot claim'] : []),
    ],
  }
}
