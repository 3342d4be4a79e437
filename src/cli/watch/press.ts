// What each key does: a state and a key give the next state, and perhaps something to be done.
import { CANCELLABLE, RETRIABLE, type Status } from '../../task/status.ts'
import { type TaskId, taskId } from '../../task/task.ts'
import { choose, chosenItem } from './items.ts'
import type { Key } from './keys.ts'
import type { Act, Question, WatchState } from './state.ts'
import { lastScroll } from './task-page.ts'

export interface Pressed {
  readonly state: WatchState
  readonly act?: Act
}

/** With one digit more, some numbers are too large for an id; nobody has had so many tasks. */
const ID_DIGITS = 18
const PAGE_STEPS = 10

const ACTS: Readonly<Record<Key, Act>> = {
  'ctrl+c': { type: 'leave' },
  'ctrl+z': { type: 'suspend' },
  'ctrl+l': { type: 'redraw' },
}

const STEPS: Readonly<Record<Key, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  'page up': -PAGE_STEPS,
  'page down': PAGE_STEPS,
  home: Number.NEGATIVE_INFINITY,
  g: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
  G: Number.POSITIVE_INFINITY,
}

/** Keys of every page first, then a question or a prompt, then the page. */
export function press(before: WatchState, key: Key): Pressed {
  const state = { ...before, message: null }
  const act = ACTS[key]
  if (act !== undefined) return { state, act }
  if (state.question !== null) return answer(state, state.question, key)
  if (state.prompt !== null) return type(state, state.prompt, key)
  if (key === 'q') return { state, act: { type: 'leave' } }
  if (key === '?') return { state: { ...state, page: { name: 'help' } } }
  if (key === '/' || key === 't') return { state: { ...state, prompt: '' } }
  if (key === 'escape' || key === 'backspace') return back(state)
  if (state.page.name === 'task') return onTask(state, state.page, key)
  return state.page.name === 'overview' ? onOverview(state, key) : { state }
}

/** Only `y` does it; any other key is a no, so that nothing happens by a slip. */
function answer(state: WatchState, { act }: Question, key: Key): Pressed {
  const closed = { ...state, question: null }
  return key === 'y' || key === 'Y'
    ? { state: closed, act }
    : { state: { ...closed, message: 'nothing was done' } }
}

function type(state: WatchState, prompt: string, key: Key): Pressed {
  if (key === 'escape') return { state: { ...state, prompt: null } }
  if (key === 'backspace') return { state: { ...state, prompt: prompt === '' ? null : prompt.slice(0, -1) } }
  if (key === 'enter')
    return prompt === '' ? { state: { ...state, prompt: null } } : open(state, taskId(prompt))
  const isDigit = /^\d$/.test(key) && prompt.length < ID_DIGITS && prompt + key !== '0'
  return { state: isDigit ? { ...state, prompt: prompt + key } : state }
}

function back(state: WatchState): Pressed {
  if (state.page.name === 'overview') return { state }
  return { state: { ...state, page: { name: 'overview' } }, act: { type: 'read' } }
}

function open(state: WatchState, id: TaskId): Pressed {
  const page = { name: 'task', id, scroll: 0 } as const
  return { state: { ...state, page, prompt: null, taskView: null }, act: { type: 'read' } }
}

function onOverview(state: WatchState, key: Key): Pressed {
  const steps = STEPS[key]
  if (steps !== undefined) return { state: choose(state, steps) }
  if (key === 'p') return askPause(state)
  return key === 'enter' ? openChosen(state) : { state }
}

function askPause(state: WatchState): Pressed {
  const item = chosenItem(state)
  if (item?.section !== 'queues')
    return { state: { ...state, message: 'p pauses a queue: choose one with the arrows first' } }
  const { queue, paused } = item.queue
  const act: Act = { type: paused ? 'resume' : 'pause', queue }
  return { state: { ...state, question: { text: `${act.type} queue ${queue}?`, act } } }
}

function openChosen(state: WatchState): Pressed {
  const item = chosenItem(state)
  if (item?.section === 'running') return open(state, item.running.id)
  if (item?.section === 'failed') return open(state, item.failure.id)
  const longest = item?.section === 'processes' ? item.process.doing[0] : undefined
  if (longest !== undefined) return open(state, longest.id)
  const text =
    item?.section === 'processes' ? 'it runs no task now' : 'Enter opens a task: choose one with the arrows'
  return { state: { ...state, message: text } }
}

function onTask(
  state: WatchState,
  page: { readonly id: TaskId; readonly scroll: number },
  key: Key,
): Pressed {
  const steps = STEPS[key]
  if (steps !== undefined) {
    const scroll = Math.max(0, Math.min(lastScroll(state), page.scroll + steps))
    return { state: { ...state, page: { ...page, name: 'task', scroll } } }
  }
  const type = key === 'r' ? 'retry' : key === 'c' ? 'cancel' : undefined
  if (type === undefined) return { state }
  const refusal = refusalOf(state, type)
  if (refusal !== null) return { state: { ...state, message: `task ${page.id} ${refusal}` } }
  const question: Question = { text: `${type} task ${page.id}?`, act: { type, id: page.id } }
  return { state: { ...state, question } }
}

/** Why there is nothing to ask, by what the page shows. */
function refusalOf({ taskView }: WatchState, type: 'retry' | 'cancel'): string | null {
  if (taskView === null) return null
  const { task } = taskView.value
  if (task === null) return 'does not exist'
  if (type === 'retry') return isOneOf(task.status, RETRIABLE) ? null : 'is neither in error nor cancelled'
  return isOneOf(task.status, CANCELLABLE) ? null : 'has finished already'
}

function isOneOf(status: Status, statuses: readonly Status[]): boolean {
  return statuses.includes(status)
}
