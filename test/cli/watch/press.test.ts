// What each key does, as a function: the next state, and what is asked of the world.
import { describe, expect, it } from 'vitest'
import { chosenItem } from '../../../src/cli/watch/items.ts'
import { press } from '../../../src/cli/watch/press.ts'
import { type Act, aged, type WatchState } from '../../../src/cli/watch/state.ts'
import type { Status } from '../../../src/task/status.ts'
import { overview, queue, state, stats, taskPage } from './fixtures.ts'

/** Presses one key after the other; gives the last state, and all that was asked. */
function typed(start: WatchState, keys: readonly string[]): { state: WatchState; acts: Act[] } {
  const acts: Act[] = []
  let now = start
  for (const key of keys) {
    const pressed = press(now, key)
    now = pressed.state
    if (pressed.act !== undefined) acts.push(pressed.act)
  }
  return { state: now, acts }
}

const chosenAfter = (keys: readonly string[]) => chosenItem(typed(state(), keys).state)?.key ?? null

describe('choosing', () => {
  it.each([
    [[], null],
    [['down'], 'queue default'],
    [['up'], 'failed 999'],
    [['j', 'j', 'k'], 'queue default'],
    [['up', 'down'], 'failed 999'],
    [['down', 'up'], 'queue default'],
    [['down', 'down', 'down', 'down'], 'process 1'],
    [['G', 'up', 'up'], 'running 1300'],
    [['page down'], 'failed 1111'],
    [['G', 'home'], 'queue default'],
  ])('%j leads to %s', (keys, key) => {
    expect(chosenAfter(keys)).toBe(key)
  })

  it('stays on its item when others come before it, and goes to its neighbour when it is gone', () => {
    const chosen = typed(state(), ['down', 'down']).state
    expect(chosenItem(chosen)?.key).toBe('queue images')
    const reading = (names: string[]) => ({
      value: overview({ stats: stats({ queues: names.map((name) => queue({ queue: name })) }) }),
      atMs: 0,
      clock: '',
    })
    expect(chosenItem({ ...chosen, overview: reading(['a', 'b', 'images']) })?.key).toBe('queue images')
    expect(chosenItem({ ...chosen, overview: reading(['a', 'b', 'c']) })?.key).toBe('queue b')
    expect(chosenItem({ ...chosen, overview: null })).toBe(null)
  })
})

describe('pausing', () => {
  it('asks, and only y does it', () => {
    const asked = typed(state(), ['down', 'p'])
    expect(asked.acts).toEqual([])
    expect(asked.state.question?.text).toBe('pause queue default?')
    expect(typed(asked.state, ['y']).acts).toEqual([{ type: 'pause', queue: 'default' }])
    for (const key of ['n', 'enter', 'escape', 'p', 'q', 'down']) {
      const answered = typed(asked.state, [key])
      expect(answered.acts).toEqual([])
      expect(answered.state).toMatchObject({ question: null, message: 'nothing was done' })
    }
  })

  it('resumes a queue that is paused', () => {
    expect(typed(state(), ['down', 'down', 'p', 'y']).acts).toEqual([{ type: 'resume', queue: 'images' }])
  })

  it('says that a queue has to be chosen', () => {
    expect(typed(state(), ['G', 'p']).state).toMatchObject({
      question: null,
      message: expect.stringMatching(/^p pauses a queue/),
    })
  })
})

describe('opening', () => {
  const opened = (keys: readonly string[]) => {
    const { state: now, acts } = typed(state(), keys)
    return { page: now.page, acts }
  }
  it.each([
    [['G', 'enter'], 999],
    [['G', 'up', 'up', 'enter'], 1300],
    [['down', 'down', 'down', 'down', 'enter'], 1234],
    [['/', '4', '2', 'enter'], 42],
    [['t', '4', 'x', '-', '2', '1', 'backspace', 'enter'], 42],
    [['t', '0', '7', 'enter'], 7],
  ])('%j opens task %i', (keys, id) => {
    expect(opened(keys)).toEqual({ page: { name: 'task', id, scroll: 0 }, acts: [{ type: 'read' }] })
  })

  it('takes no more digits than fit into an id', () => {
    const { page } = opened(['t', ...'9'.repeat(30), 'enter'])
    expect(page).toMatchObject({ id: '9'.repeat(18) })
  })

  it.each([
    [['/', 'enter']],
    [['/', '1', 'escape']],
    [['/', '1', 'backspace', 'backspace']],
    [['enter']],
    [['down', 'enter']],
  ])('%j opens nothing', (keys) => {
    const { state: now, acts } = typed(state(), keys)
    expect({ page: now.page, prompt: now.prompt, acts }).toEqual({
      page: { name: 'overview' },
      prompt: null,
      acts: [],
    })
  })
})

describe('on a task', () => {
  it.each([
    ['r', 'retry', 'error'],
    ['c', 'cancel', 'in_progress'],
  ] as const)('%s asks, and y does it', (key, type, status) => {
    const page = showing(status)
    expect(typed(page, [key]).state.question?.text).toBe(`${type} task 1111?`)
    expect(typed(page, [key, 'y']).acts).toEqual([{ type, id: 1111 }])
    expect(typed(page, [key, 'n']).acts).toEqual([])
  })

  it.each([
    ['r', 'done', 'task 1111 is neither in error nor cancelled'],
    ['c', 'done', 'task 1111 has finished already'],
    ['c', 'error', 'task 1111 has finished already'],
  ] as const)('%s of a task in %s says at once why not', (key, status, message) => {
    expect(typed(showing(status), [key])).toMatchObject({ state: { question: null, message }, acts: [] })
  })

  function showing(status: Status): WatchState {
    const page = taskPage()
    const { taskView } = page
    if (taskView?.value.task == null) throw new Error('the fixture has a task')
    const { value } = taskView
    return {
      ...page,
      taskView: { ...taskView, value: { ...value, task: { ...taskView.value.task, status } } },
    }
  }

  it('scrolls as far as there is something to see', () => {
    const small = taskPage({ size: { columns: 80, rows: 10 } })
    const scrolled = (keys: readonly string[]) => typed(small, keys).state.page
    const end = scrolled(['end'])
    expect(end).toMatchObject({ scroll: expect.any(Number) })
    expect(scrolled(['end', 'down', 'down'])).toEqual(end)
    expect(scrolled(['end', 'up', 'down'])).toEqual(end)
    expect(scrolled(['down', 'up', 'up'])).toMatchObject({ scroll: 0 })
    expect(typed(taskPage({ size: { columns: 80, rows: 60 } }), ['down']).state.page).toMatchObject({
      scroll: 0,
    })
  })

  it('goes back to what was chosen', () => {
    const back = typed(state(), ['G', 'enter', 'escape'])
    expect(back.state.page).toEqual({ name: 'overview' })
    expect(chosenItem(back.state)?.key).toBe('failed 999')
  })
})

it('leaves from everywhere by Ctrl+C, and by q where nothing is typed', () => {
  for (const keys of [[], ['?'], ['/'], ['down', 'p'], ['G', 'enter']]) {
    expect(typed(state(), [...keys, 'ctrl+c']).acts.at(-1)).toEqual({ type: 'leave' })
  }
  expect(typed(state(), ['q']).acts).toEqual([{ type: 'leave' }])
  expect(typed(state(), ['/', 'q']).acts).toEqual([])
})

it('forgets what it said at the next key', () => {
  const { state: now } = typed(state({ message: 'queue mails is paused' }), ['down'])
  expect(now.message).toBe(null)
})

it('says a thing for four seconds, and then what the keys do again; said anew, it counts anew', () => {
  const silent = state()
  const said = aged(silent, { ...silent, message: 'nothing was done' }, 1_000)
  expect(aged(said, said, 4_999).message).toBe('nothing was done')
  expect(aged(said, said, 5_000).message).toBe(null)
  const quiet = aged(said, { ...said, message: null }, 4_000)
  const again = aged(quiet, { ...quiet, message: 'nothing was done' }, 4_000)
  expect(aged(again, again, 7_999).message).toBe('nothing was done')
})
