// Joining under a name: at once where it is free or its bearer is dead, later where its lease runs out, never beside one that lives.
import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import type { Joined, Namesake } from '../../src/db/processes.ts'
import { join, pidProof } from '../../src/engine/join.ts'
import { EXIT, ExpectedError } from '../../src/errors.ts'
import { startOf } from '../../src/postgres/processes.ts'

const JOINED: Joined = { id: 5, atUs: 1_000 }

/** A table in which the name belongs to `first`; `look` is what happens to it at each look but the first. */
function build(
  first: Partial<Namesake> | null,
  look: (namesake: Namesake) => Namesake | null = (same) => same,
) {
  const calls: string[] = []
  let bearer: Namesake | null =
    first === null
      ? null
      : { id: 1, pid: 1, pid_proof: null, lease_left_ms: 1, heartbeat_at: '12:00:00', ...first }
  let looks = 0
  const joined = join({
    name: 'north',
    async register() {
      calls.push('register')
      return bearer === null ? JOINED : null
    },
    async findNamesake() {
      if (looks++ > 0 && bearer !== null) bearer = look(bearer)
      if (looks > 50) throw new Error('it looks for ever')
      return bearer
    },
    async declareDead(id) {
      calls.push(`declare ${id} dead`)
      bearer = null
    },
    async declareLost() {
      calls.push('declare lost')
      bearer = null
    },
    isOwnRow: (id) => id === OWN_ROW,
  })
  return { joined, calls }
}

const OWN_ROW = 77
const [machine, start] = (pidProof() ?? '').split(' ')
const onLinux = it.runIf(process.platform === 'linux')

it('joins at once where the name is free', async () => {
  const { joined, calls } = build(null)
  expect(await joined).toEqual(JOINED)
  expect(calls).toEqual(['register'])
})

onLinux('proves by the machine, its boot, its pid namespace and the start of the pid', () => {
  expect(machine?.split('/')).toEqual([
    hostname(),
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    expect.any(String),
  ])
  expect(machine).toMatch(/pid:\[\d+\]$/)
  expect(start).toBe(startOf(process.pid))
  expect(pidProof()).toBe(pidProof())
})

onLinux.each<[string, () => Partial<Namesake>]>([
  ['its pid is another process by now', () => ({ pid: process.ppid, pid_proof: `${machine} 00000000-1` })],
  ['its pid is nobody', () => ({ pid: 2 ** 22 + 1, pid_proof: `${machine} 00000000-1` })],
  [
    'it was this very process, before it had to join anew',
    () => ({ id: OWN_ROW, pid: process.pid, pid_proof: pidProof() }),
  ],
])('takes the name at once from one that is proven dead: %s', async (_, namesake) => {
  const { joined, calls } = build({ ...namesake(), lease_left_ms: 60_000 })
  expect(await joined).toEqual(JOINED)
  expect(calls).toEqual(['register', expect.stringMatching(/^declare (1|77) dead$/), 'register'])
})

it.each<[string, () => Partial<Namesake>]>([
  ['it has no proof', () => ({ pid: 2 ** 22 + 1, pid_proof: null })],
  ['it runs here', () => ({ pid: process.ppid, pid_proof: `${machine} ${startOf(process.ppid)}` })],
  ['it is on another machine', () => ({ pid: 2 ** 22 + 1, pid_proof: `elsewhere/boot/pid:[1] ${start}` })],
  [
    'it was there before a boot',
    () => ({ pid: 2 ** 22 + 1, pid_proof: `${hostname()}/boot/pid:[1] ${start}` }),
  ],
])('waits for the lease of one that may live, and then takes the name: %s', async (_, namesake) => {
  const { joined, calls } = build(namesake(), (same) => ({ ...same, lease_left_ms: -1 }))
  expect(await joined).toEqual(JOINED)
  expect(calls).toEqual(['register', 'register', 'declare lost', 'register'])
})

it('refuses a name whose bearer beats', async () => {
  const { joined, calls } = build({}, (same) => ({ ...same, heartbeat_at: '12:00:05' }))
  const refusal = await joined.catch((thrown: unknown) => thrown)
  expect(refusal).toBeInstanceOf(ExpectedError)
  expect(refusal).toMatchObject({ message: expect.stringContaining('north') })
  expect(refusal).toMatchObject({ exitStatus: EXIT.operational, hint: expect.stringContaining('--name') })
  expect(calls).not.toContain('declare lost')
})

it('refuses a name that another takes while it waits', async () => {
  const { joined } = build({}, (same) => ({ ...same, id: 2, heartbeat_at: '12:00:07' }))
  await expect(joined).rejects.toThrow('alive')
})

it('joins where the bearer leaves while it looks', async () => {
  const { joined, calls } = build({}, () => null)
  expect(await joined).toEqual(JOINED)
  expect(calls).toEqual(['register', 'register', 'register'])
})
