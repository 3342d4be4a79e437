// Joining the fleet under a name: at once where the name is free or its bearer is proven dead, else when its lease is over.
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Joined, Namesake } from '../db/processes.ts'
import { EXIT, ExpectedError } from '../errors.ts'
import { startOf } from '../postgres/processes.ts'
import type { TaskId } from '../task/task.ts'

/** How often a namesake is looked at while its lease runs out. */
const LOOK_MS = 500

export interface JoinParts {
  name: string
  /** null where a live process has the name. */
  register(): Promise<Joined | null>
  findNamesake(): Promise<Namesake | null>
  declareDead(processId: TaskId): Promise<void>
  declareLost(): Promise<unknown>
  /** Our own row, from before the thread that beat for it ended. */
  isOwnRow(processId: TaskId): boolean
}

/** Registers, and returns the row's id and the database's clock. Throws when a namesake is alive. */
export async function join(parts: JoinParts): Promise<Joined> {
  let heardAt: string | undefined
  for (;;) {
    const registered = await parts.register()
    if (registered !== null) return registered
    const namesake = await parts.findNamesake()
    if (namesake === null) continue
    if (parts.isOwnRow(namesake.id) || isProvenDead(namesake)) await parts.declareDead(namesake.id)
    else if (heardAt !== undefined && heardAt !== namesake.heartbeat_at) throw nameTaken(parts.name)
    else if (namesake.lease_left_ms < 0) await parts.declareLost()
    else await sleep(Math.min(LOOK_MS, namesake.lease_left_ms + 1))
    heardAt ??= namesake.heartbeat_at
  }
}

function nameTaken(name: string): ExpectedError {
  return new ExpectedError(
    `a process named ${name} is alive already`,
    'Choose another --name, or stop that process.',
    EXIT.operational,
  )
}

/** What this incarnation can be told by: the machine, its boot and pid namespace, and the start time of the pid. */
export function pidProof(): string | null {
  const machine = machineName()
  const start = startOf(process.pid)
  return machine === null || start === undefined ? null : `${machine} ${start}`
}

/** True only where this process can look at the very place in which the other one ran, and it is not there. */
function isProvenDead({ pid, pid_proof }: Namesake): boolean {
  const machine = machineName()
  if (pid_proof === null || machine === null) return false
  const [theirMachine, theirStart] = pid_proof.split(' ')
  return theirMachine === machine && startOf(pid) !== theirStart
}

/** Two containers may share a hostname and a pid; they do not share a pid namespace. null where that cannot be told. */
function machineName(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${hostname()}/${boot}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return null
  }
}
