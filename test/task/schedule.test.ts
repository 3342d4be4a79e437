// Schedules: which instant is next, over daylight saving too, and how a downtime is caught up.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronProblem, followingTickMs, nextTickMs, timezoneProblem } from '../../src/task/schedule.ts'

/** The next `count` ticks after `from`, in UTC. */
function ticks(cron: string, timezone: string, from: string, count: number): string[] {
  const found: string[] = []
  let afterMs = Date.parse(from)
  while (found.length < count) {
    const next = nextTickMs({ cron, timezone }, afterMs)
    if (next === null) break
    found.push(new Date(next).toISOString().slice(0, 16))
    afterMs = next
  }
  return found
}

describe('the next tick', () => {
  it.each([
    ['* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:01'],
    ['* * * * *', '2026-01-01T00:00:59.999Z', '2026-01-01T00:01'],
    ['0 3 * * *', '2026-01-01T03:00:00Z', '2026-01-02T03:00'],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
    ['0 9 * * MON', '2026-01-01T00:00:00Z', '2026-01-05T09:00'],
    ['0 0 L * *', '2026-02-01T00:00:00Z', '2026-02-28T00:00'],
    ['@daily', '2026-01-01T12:00:00Z', '2026-01-02T00:00'],
  ])('of %s after %s is %s', (cron, from, next) => {
    expect(ticks(cron, 'UTC', from, 1)).toEqual([next])
  })

  it('may be a second away', () => {
    const from = Date.parse('2026-01-01T00:00:00.500Z')
    expect(nextTickMs({ cron: '* * * * * *', timezone: 'UTC' }, from)).toBe(from + 500)
  })

  it('is none when the years are over', () => {
    const line = { cron: '0 0 0 1 1 * 2027', timezone: 'UTC' }
    expect(ticks(line.cron, 'UTC', '2026-06-01T00:00:00Z', 2)).toEqual(['2027-01-01T00:00'])
    expect(nextTickMs(line, Date.parse('2027-01-01T00:00:00Z'))).toBeNull()
  })

  it('is by the clock of its time zone', () => {
    expect(ticks('0 9 * * *', 'Asia/Kolkata', '2026-01-01T00:00:00Z', 1)).toEqual(['2026-01-01T03:30'])
    expect(ticks('0 9 * * *', 'america/new_york', '2026-01-01T00:00:00Z', 1)).toEqual(['2026-01-01T14:00'])
  })

  it('is later than the one before it, whole seconds, and the same from anywhere in between', () => {
    const crons = ['* * * * *', '*/7 * * * * *', '0 3 * * *', '30 2 * * 0', '15,45 */5 1-7 * *', '0 0 31 * *']
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu']
    const from = fc.integer({ min: Date.UTC(2020), max: Date.UTC(2035) })
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(
        fc.constantFrom(...crons),
        fc.constantFrom(...zones),
        from,
        share,
        (cron, timezone, fromMs, part) => {
          const next = nextTickMs({ cron, timezone }, fromMs)
          if (next === null) throw new Error('each of these goes on for ever')
          expect(next).toBeGreaterThan(fromMs)
          expect(next % 1000).toBe(0)
          const between = fromMs + Math.floor((next - fromMs) * part)
          expect(nextTickMs({ cron, timezone }, between)).toBe(next)
        },
      ),
      { numRuns: 300 },
    )
  })
})

// Europe/Berlin: at 2026-03-29 01:00 UTC the clock leaps from 2 to 3; at 2026-10-25 01:00 UTC from 3 back to 2.
describe('over daylight saving', () => {
  const spring = '2026-03-28T12:00:00Z'
  const autumn = '2026-10-24T12:00:00Z'

  it('a time that the clock leaps over comes after the gap, on the same day', () => {
    expect(ticks('30 2 * * *', 'Europe/Berlin', spring, 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:30'])
  })

  it('a time that comes twice is taken once', () => {
    expect(ticks('30 2 * * *', 'Europe/Berlin', autumn, 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
  })

  it('the same is so for each of several fixed times', () => {
    expect(ticks('30 2,14 * * *', 'Europe/Berlin', spring, 3)).toEqual([
      '2026-03-28T13:30',
      '2026-03-29T01:00',
      '2026-03-29T12:30',
    ])
    expect(ticks('30 2,14 * * *', 'Europe/Berlin', autumn, 4)).toEqual([
      '2026-10-24T12:30',
      '2026-10-25T00:30',
      '2026-10-25T13:30',
      '2026-10-26T01:30',
    ])
  })

  it('steps go on as time does', () => {
    for (const from of ['2026-03-28T23:45:00Z', '2026-10-24T23:45:00Z']) {
      const found = ticks('*/30 * * * *', 'Europe/Berlin', from, 8).map((at) => Date.parse(`${at}Z`))
      const gaps = found.slice(1).map((at, index) => at - (found[index] ?? 0))
      expect(new Set(gaps)).toEqual(new Set([1_800_000]))
    }
  })

  it('a daily schedule has each day of every year once, in any time zone and at any time', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'America/Santiago',
      'Australia/Lord_Howe',
      'Africa/Cairo',
    ]
    const minute = fc.integer({ min: 0, max: 59 })
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        minute,
        fc.integer({ min: 2024, max: 2034 }),
        (timezone, hour, at, year) => {
          const found = ticks(`${at} ${hour} * * *`, timezone, `${year}-01-01T12:00:00Z`, 366)
          const days = found.map((tick) => dayIn(timezone, `${tick}Z`))
          expect(new Set(days).size).toBe(days.length)
          const [first = '', last = ''] = [days[0], days.at(-1)]
          expect((Date.parse(last) - Date.parse(first)) / 86_400_000).toBe(days.length - 1)
        },
      ),
      { numRuns: 15 },
    )
  })
})

function dayIn(timezone: string, instant: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone }).format(new Date(instant))
}

describe('the tick after one that is due', () => {
  const line = { cron: '* * * * * *', timezone: 'UTC' }
  const at = (seconds: number) => Date.UTC(2026) + seconds * 1000

  it('is the next one, when it was met in time', () => {
    expect(followingTickMs(line, { tickMs: at(5), nowMs: at(5.01), watchedSinceMs: at(0) })).toBe(at(6))
  })

  it('is the next one also when this process was too busy for a moment', () => {
    expect(followingTickMs(line, { tickMs: at(5), nowMs: at(9.5), watchedSinceMs: at(0) })).toBe(at(6))
  })

  it('is one that is still to come, when nobody was there at the tick', () => {
    expect(followingTickMs(line, { tickMs: at(5), nowMs: at(9.5), watchedSinceMs: at(9.4) })).toBe(at(10))
  })

  it('is one that is still to come after a long silence', () => {
    expect(followingTickMs(line, { tickMs: at(5), nowMs: at(3600.5), watchedSinceMs: at(0) })).toBe(at(3601))
  })

  it('is later than both the tick and, after a downtime, now', () => {
    const seconds = fc.integer({ min: 0, max: 100_000 })
    fc.assert(
      fc.property(seconds, seconds, seconds, (tick, now, since) => {
        const next = followingTickMs(line, { tickMs: at(tick), nowMs: at(now), watchedSinceMs: at(since) })
        expect(next).toBeGreaterThan(at(tick))
        if (tick < since || now - tick > 10) expect(next).toBeGreaterThan(at(now))
      }),
    )
  })
})

describe('a cron line', () => {
  it.each(['* * * * *', '*/5 * * * * *', '0 0 0 1 1 * 2099', '@hourly', ' 0  3 * * 1-5 ', '0 0 * * 5#2'])(
    '%j is one',
    (cron) => {
      expect(cronProblem(cron)).toBeUndefined()
    },
  )

  it.each([
    ['', 'must have 5 fields'],
    ['hello', 'must have 5 fields'],
    ['* * * *', 'must have 5 fields'],
    ['* * * * * * * *', 'must have 5 fields'],
    ['2030-01-01T00:00:00', 'must have 5 fields'],
    ['61 * * * *', 'minute: 61'],
    ['0 24 * * *', 'hour: 24'],
    ['*/0 * * * *', 'stepping: 0'],
    ['a b c d e', 'got "a b c d e"'],
    ['0 0 30 2 *', 'a day that no calendar has'],
    ['0 0 31 4,6 *', 'a day that no calendar has'],
    ['@reboot', '@reboot is not supported'],
    ['@never', 'got "@never"'],
    [`${'0,'.repeat(200)}0 * * * *`, '256 characters'],
  ])('%j is none: %s', (cron, problem) => {
    expect(cronProblem(cron)).toContain(problem)
  })

  it('of any text is either refused or has a next tick', () => {
    const part = fc.stringMatching(/^[0-9*/,#LW?+-]{1,5}$/)
    const lines = fc.oneof(
      fc.string(),
      fc.array(part, { minLength: 5, maxLength: 7 }).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(lines, (cron) => {
        if (cronProblem(cron) === undefined)
          expect(nextTickMs({ cron, timezone: 'UTC' }, 0)).toBeGreaterThan(0)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'america/new_york', 'Etc/GMT+5'])('%s is one', (timezone) => {
    expect(timezoneProblem(timezone)).toBeUndefined()
  })

  it.each(['', 'Mars/Phobos', '+02:00', '-0500', 'Europe/Berlin ', '1'])('%j is none', (timezone) => {
    expect(timezoneProblem(timezone)).toContain('such as UTC or Europe/Berlin')
  })
})
