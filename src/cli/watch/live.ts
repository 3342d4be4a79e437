// The live screen: readings, keys, time and signals change the state, and each change is drawn.
import { monotonicMs } from '../../engine/clock.ts'
import { Loop } from '../../engine/loop.ts'
import { askForSize, listenForContinue, stopAsByCtrlZ } from '../signals.ts'
import { createFrames } from './frames.ts'
import { type Key, readKeys } from './keys.ts'
import type { Look } from './look.ts'
import { press } from './press.ts'
import { readPage, type Source } from './reading.ts'
import type { Screen } from './screen.ts'
import { type Change, perform, whyNot } from './source.ts'
import { type Act, firstState } from './state.ts'

export interface LiveOptions extends Source {
  /** What the database is called on the screen. */
  readonly place: string
  /** What is typed for the program. */
  readonly program: string
  readonly screen: Screen
  readonly look: Look
  /** Gives the screen back at once when it is aborted. */
  readonly signal: AbortSignal
}

/** Ages are shown in whole seconds. */
const DRAW_MS = 1_000
/** A process that Ctrl+Z could not stop takes its screen back after this. */
const NOT_STOPPED_MS = 200

/** Resolves when somebody leaves; whatever happens, the terminal is as it was before. */
export async function live(options: LiveOptions): Promise<void> {
  const { screen, signal } = options
  const undo: (() => void)[] = [screen.leave]
  try {
    screen.enter()
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => resolve(screen.leave()), { once: true })
      run(options, resolve, reject, undo)
    })
  } finally {
    for (const each of undo.reverse()) each()
  }
}

function run(
  { place, program, screen, look, ...source }: LiveOptions,
  leave: () => void,
  crash: (bug: unknown) => void,
  undo: (() => void)[],
): void {
  const { pool, url, intervalMs } = source
  const first = firstState({ place, program, intervalMs, look, size: screen.size(), nowMs: monotonicMs() })
  const frames = createFrames(first, screen, crash)
  const { change } = frames
  let notStopped: NodeJS.Timeout | undefined

  async function apply(act: Change): Promise<void> {
    const message = await perform(pool, act).catch(
      (thrown: unknown) => `could not ${act.type}: ${whyNot(thrown, url).reason}`,
    )
    change((before) => ({ ...before, message }))
    reader.wake()
  }

  function suspend(): void {
    screen.leave()
    stopAsByCtrlZ()
    notStopped = setTimeout(retake, NOT_STOPPED_MS)
  }

  /** After a Ctrl+Z, and after any other stop: a shell has used the terminal meanwhile. */
  function retake(): void {
    clearTimeout(notStopped)
    screen.enter()
    askForSize()
    change((before) => before)
  }

  function act(asked: Act): void {
    if (asked.type === 'leave') leave()
    else if (asked.type === 'suspend') suspend()
    else if (asked.type === 'read') reader.wake()
    else if (asked.type === 'redraw') redraw()
    else if ('queue' in asked || 'id' in asked) void apply(asked)
  }

  function redraw(): void {
    screen.forget()
    change((before) => before)
  }

  function onKey(key: Key): void {
    let asked: Act | undefined
    change((before) => {
      const pressed = press(before, key)
      asked = pressed.act
      return pressed.state
    })
    if (asked !== undefined) act(asked)
  }

  const reader = new Loop({ name: 'reader', tick: () => readPage(source, frames), emit: () => {} })
  const clock = new Loop({
    name: 'clock',
    tick: async () => {
      change((before) => before)
      return DRAW_MS
    },
    emit: () => {},
  })
  undo.push(
    () => void reader.stop(),
    () => void clock.stop(),
    () => clearTimeout(notStopped),
    readKeys(screen.input, onKey, leave),
    listenForContinue(retake),
    screen.onResize(redraw),
  )
  reader.start()
  clock.start()
}
