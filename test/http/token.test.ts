// Guessing tokens: a bucket for each address, in bounded memory.
import { expect, it } from 'vitest'
import { API_LIMITS } from '../../src/http/options.ts'
import { createTokenCheck } from '../../src/http/token.ts'

const TOKEN = 'correct-horse-battery-staple'
const LIMITS = { ...API_LIMITS, wrongTokens: 3, wrongTokenRefillMs: 1_000, wrongTokenAddresses: 100 }

function checker() {
  const clock = { ms: 0 }
  const told: string[] = []
  const check = createTokenCheck(
    TOKEN,
    LIMITS,
    () => clock.ms,
    (address) => told.push(address),
  )
  const ask = (ip: string, token: string) =>
    check({ ip, headers: { authorization: `Bearer ${token}` } })?.statusCode ?? 200
  return { clock, ask, check, told }
}

it('lets an address guess a few times, and then once for each refill', () => {
  const { clock, ask } = checker()
  expect([1, 2, 3, 4].map(() => ask('a', 'wrong'))).toEqual([401, 401, 401, 429])
  expect(ask('a', TOKEN)).toBe(429)
  clock.ms += 999
  expect(ask('a', TOKEN)).toBe(429)
  clock.ms += 1
  expect(ask('a', 'wrong')).toBe(401)
  expect(ask('a', 'wrong')).toBe(429)
  expect(ask('b', TOKEN)).toBe(200)
  clock.ms += 3_000
  expect([1, 2, 3, 4].map(() => ask('a', 'wrong'))).toEqual([401, 401, 401, 429])
})

it('never limits who is right, nor who shows no token', () => {
  const { ask, check } = checker()
  for (let n = 0; n < 50; n += 1) expect(ask('a', TOKEN)).toBe(200)
  for (let n = 0; n < 50; n += 1) expect(check({ ip: 'a', headers: {} })?.statusCode).toBe(401)
})

it('lets in who was right from there lately, whatever somebody else sends from beside him', () => {
  const { clock, ask } = checker()
  expect(ask('shared', TOKEN)).toBe(200)
  for (let n = 0; n < 50; n += 1) ask('shared', 'wrong')
  expect(ask('shared', 'wrong')).toBe(429)
  expect(ask('shared', TOKEN)).toBe(200)
  clock.ms += LIMITS.rightTokenMs
  for (let n = 0; n < 4; n += 1) ask('shared', 'wrong')
  expect(ask('shared', TOKEN)).toBe(429)
})

it('tells once of an address that has used up its guesses', () => {
  const { ask, told } = checker()
  for (let n = 0; n < 50; n += 1) ask('a', 'wrong')
  expect(told).toEqual(['a'])
})

it('remembers no more of an address than an address has', () => {
  const { ask, told } = checker()
  for (const _ of [1, 2, 3]) ask('x'.repeat(10_000), 'wrong')
  expect(told[0]).toHaveLength(45)
})

it('says when to come back', () => {
  const { ask, check } = checker()
  for (const _ of [1, 2, 3]) ask('a', 'wrong')
  expect(check({ ip: 'a', headers: {} })?.headers).toEqual({ 'retry-after': '1' })
})

it.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', 429],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', 401],
  ['2001:db8::1', '2001:db8::2', 429],
  ['2001:db8::1', '2001:db8:0:0:1::', 429],
  ['::1', '::2', 429],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', 401],
  ['192.0.2.1', '192.0.2.2', 401],
])('takes %s and %s for one network or for two', (one, two, status) => {
  const { ask } = checker()
  for (const _ of [1, 2, 3]) ask(one, 'wrong')
  expect(ask(two, 'wrong')).toBe(status)
})

it('forgets the address of which it has heard nothing for longest, when there are too many', () => {
  const { ask } = checker()
  for (const _ of [1, 2, 3]) ask('first', 'wrong')
  for (let n = 0; n < 99; n += 1) ask(`address ${n}`, 'wrong')
  expect(ask('first', 'wrong')).toBe(429)
  ask('one more', 'wrong')
  expect(ask('first', 'wrong')).toBe(401)
})
