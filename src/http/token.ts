// The token: compared in constant time, and guessed at a bounded rate.
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { ApiLimits } from './options.ts'
import { Refusal, retryAfter } from './problem.ts'

/**
 * Says why a request is refused, or nothing. Who has sent too many wrong tokens is refused before his next one is
 * looked at: also a right one, since otherwise guessing would go on at full speed. An address that has shown the right
 * one lately is the exception: whoever guesses from beside it, behind the same router or proxy, must not shut it out.
 * `tell` hears of an address when its guesses are used up.
 */
export function createTokenCheck(
  token: string,
  limits: ApiLimits,
  nowMs: () => number = () => performance.now(),
  tell: (address: string) => void = () => {},
): (request: Pick<FastifyRequest, 'headers' | 'ip'>) => Refusal | undefined {
  const wanted = digest(token)
  const guesses = new Guesses(limits, nowMs)
  const trusted = new Trusted(limits, nowMs)
  return ({ headers, ip }) => {
    const address = network(ip)
    const waitMs = guesses.waitMs(address)
    if (waitMs > 0 && !trusted.has(address)) return tooMany(waitMs)
    const [, shown] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
    if (shown !== undefined && timingSafeEqual(digest(shown), wanted)) {
      trusted.note(address)
      return undefined
    }
    if (waitMs > 0) return tooMany(waitMs)
    // Who shows none is no guesser: browsers ask without one first.
    if (shown !== undefined) guesses.note(address)
    if (guesses.waitMs(address) > 0) tell(address)
    const detail = shown === undefined ? MISSING : 'The token is wrong.'
    return new Refusal(401, detail, { headers: { 'www-authenticate': 'Bearer realm="taskproc"' } })
  }
}

function tooMany(waitMs: number): Refusal {
  return new Refusal(429, TOO_MANY, { headers: retryAfter(waitMs) })
}

const MISSING = 'A token is needed: send Authorization: Bearer TOKEN, with the one of TASKPROC_API_TOKEN.'
const TOO_MANY = 'Too many wrong tokens came from this address; wait before the next one.'

/** Of one length, whatever was sent: the comparison tells nothing about the length either. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whoever has one IPv6 address has 2^64 of them. */
function network(ip: string): string {
  // What a proxy passes on may be anything, and is remembered.
  if (!isIPv6(ip) || ip.startsWith('::ffff:')) return ip.slice(0, ADDRESS_CHARS)
  const [head = '', tail] = ip.split('::')
  const groups = head.split(':')
  // `a::b` leaves out zeros: pad up to the fourth group where the left-out part begins before it.
  const padded = tail === undefined ? groups : [...groups.filter(Boolean), '0', '0', '0', '0']
  return padded.slice(0, NETWORK_GROUPS).join(':')
}

const NETWORK_GROUPS = 4
const ADDRESS_CHARS = 45

/** A bucket of guesses for each address; it refills with time. Full buckets are forgotten first, then the oldest. */
class Guesses {
  readonly #limits: ApiLimits
  readonly #nowMs: () => number
  /** When the bucket of an address is full again. */
  readonly #fullAtMs = new Map<string, number>()

  constructor(limits: ApiLimits, nowMs: () => number) {
    this.#limits = limits
    this.#nowMs = nowMs
  }

  /** Until the next guess is allowed; 0 now. */
  waitMs(address: string): number {
    const fullAtMs = this.#fullAtMs.get(address)
    if (fullAtMs === undefined) return 0
    const { wrongTokens, wrongTokenRefillMs } = this.#limits
    return Math.max(0, fullAtMs - this.#nowMs() - (wrongTokens - 1) * wrongTokenRefillMs)
  }

  note(address: string): void {
    const nowMs = this.#nowMs()
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(address) ?? nowMs) + this.#limits.wrongTokenRefillMs
    this.#fullAtMs.delete(address)
    this.#fullAtMs.set(address, fullAtMs)
    forgetOldest(this.#fullAtMs, this.#limits.wrongTokenAddresses)
  }
}

/** The addresses that have shown the right token lately. */
class Trusted {
  readonly #limits: ApiLimits
  readonly #nowMs: () => number
  readonly #untilMs = new Map<string, number>()

  constructor(limits: ApiLimits, nowMs: () => number) {
    this.#limits = limits
    this.#nowMs = nowMs
  }

  has(address: string): boolean {
    return (this.#untilMs.get(address) ?? 0) > this.#nowMs()
  }

  note(address: string): void {
    this.#untilMs.delete(address)
    this.#untilMs.set(address, this.#nowMs() + this.#limits.rightTokenMs)
    forgetOldest(this.#untilMs, this.#limits.wrongTokenAddresses)
  }
}

function forgetOldest(addresses: Map<string, number>, most: number): void {
  if (addresses.size <= most) return
  for (const oldest of addresses.keys()) {
    addresses.delete(oldest)
    return
  }
}
