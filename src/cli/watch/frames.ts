// The state of the live screen, and its frames: every change is drawn.
import { monotonicMs } from '../../engine/clock.ts'
import { render } from './render.ts'
import type { Screen } from './screen.ts'
import { aged, type WatchState } from './state.ts'

export interface Frames {
  state(): WatchState
  /** Every change ends in a frame; what is thrown on the way is a bug, and goes to `crash`. */
  change(next: (before: WatchState) => WatchState): void
}

/** Begins with `first`, which is not drawn before the first change. */
export function createFrames(first: WatchState, screen: Screen, crash: (bug: unknown) => void): Frames {
  let state = first

  function change(next: (before: WatchState) => WatchState): void {
    try {
      state = aged(state, { ...next(state), size: screen.size() }, monotonicMs())
      screen.draw(render(state))
    } catch (bug) {
      crash(bug)
    }
  }

  return { change, state: () => state }
}
