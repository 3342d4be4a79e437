// Nothing is said twice, and nothing is missed that becomes visible after younger rows.
import { expect, it } from 'vitest'
import { Seen } from '../../../src/cli/logs/seen.ts'
import type { Look, NamedItem } from '../../../src/db/timeline.ts'
import { time } from '../show/fixtures.ts'

function logged(id: number, at: number): NamedItem {
  return {
    name: `log ${id}`,
    logId: id,
    at: time(at),
    isLate: false,
    isEnd: false,
    attempt: 1,
    process: 'one',
    level: 'info',
    message: `${id}`,
  }
}

function own(name: string, at: number): NamedItem {
  return { ...logged(0, at), name, logId: null, message: name }
}

/** What a look at the database gives: its own items, and the rows that were asked for. */
function look(seen: Seen, nowAt: number, items: NamedItem[]): Look {
  const { after: bound, except } = seen.bounds
  const asked = items.filter(
    ({ logId }) => logId === null || (Number(logId) > Number(bound) && !except.includes(logId)),
  )
  return { status: 'in_progress', finishedSecondsAgo: null, nowAt: time(nowAt), items: asked }
}

const textOf = (items: NamedItem[]) => items.map(({ message }) => message)

it('says each item once', () => {
  const seen = new Seen()
  const enqueued = own('enqueued', 0)
  expect(textOf(seen.take(look(seen, 1, [enqueued, logged(1, 0.5)])))).toEqual(['enqueued', '1'])
  expect(textOf(seen.take(look(seen, 2, [enqueued, logged(1, 0.5)])))).toEqual([])
  expect(textOf(seen.take(look(seen, 3, [enqueued, logged(1, 0.5), logged(2, 2.5)])))).toEqual(['2'])
})

it('says a row with a smaller id that is committed later', () => {
  const seen = new Seen()
  seen.take(look(seen, 1, [logged(11, 0.5)]))
  expect(textOf(seen.take(look(seen, 9, [logged(10, 0.4), logged(11, 0.5)])))).toEqual(['10'])
})

it('asks for old rows no more, however many there were', () => {
  const seen = new Seen()
  const old = Array.from({ length: 500 }, (_, at) => logged(at + 1, 0))
  seen.take(look(seen, 60, old))
  expect(seen.bounds).toEqual({ after: 500, except: [] })
  seen.take(look(seen, 61, [logged(501, 60)]))
  expect(seen.bounds).toEqual({ after: 500, except: [501] })
  seen.take(look(seen, 80, [own('done', 79)]))
  expect(seen.bounds).toEqual({ after: 501, except: [] })
})

it('does not say that an attempt has begun after what was said in it', () => {
  const seen = new Seen()
  seen.take(look(seen, 2, [own('claimed 1', 1), logged(1, 1.5)]))
  const started = { ...logged(2, 1.1), name: 'started 2', isLate: true }
  expect(textOf(seen.take(look(seen, 3, [started, logged(2, 2.5)])))).toEqual(['2'])
  const next = { ...logged(3, 2.8), name: 'started 3', isLate: true }
  expect(textOf(seen.take(look(seen, 4, [next, logged(3, 3)])))).toEqual(['3', '3'])
})

it('says the end of an attempt behind lines of it that are written later, and nothing before it is said', () => {
  const seen = new Seen()
  const done = { ...own('done', 5), isEnd: true }
  const first = own('claimed 1', 4)
  expect(textOf(seen.take(look(seen, 5.2, [first, done])))).toEqual(['claimed 1'])
  const late = logged(1, 4.9)
  expect(textOf(seen.take(look(seen, 5.9, [first, late, done])))).toEqual(['1'])
  expect(textOf(seen.take(look(seen, 6.6, [first, late, done])))).toEqual(['done'])
})

it('says the start of an attempt before its end, and its end all the same', () => {
  const seen = new Seen()
  const started = { ...logged(1, 4), name: 'started 1', message: 'started', isLate: true }
  const failed = { ...logged(1, 5), message: 'failed', isEnd: true }
  expect(textOf(seen.take(look(seen, 5.2, [started, failed])))).toEqual(['started'])
  expect(textOf(seen.take(look(seen, 7, [started, failed])))).toEqual(['failed'])
})
