// Where an API may listen, and what is said when it cannot.
import { codeOf, EXIT, ExpectedError } from '../errors.ts'
import { isLoopback } from './hosts.ts'

/** What an API is told to listen on; port 0 takes a free one. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Throws (exit 2) where others could reach an API that asks them for nothing. */
export function requireGuard({ host }: Address, token: string | undefined): void {
  if (token !== undefined || isLoopback(host)) return
  throw new ExpectedError(
    `the API would be open to everybody who reaches ${host}: TASKPROC_API_TOKEN is not set`,
    'Set TASKPROC_API_TOKEN to a secret of 16 characters or more, or listen on 127.0.0.1.',
    EXIT.usage,
  )
}

/** `thrown` as an expected error where the system does not let us listen there. */
export function listenError(thrown: unknown, address: Address): ExpectedError | undefined {
  const known = CODES[codeOf(thrown)]
  if (known === undefined) return undefined
  const [reason, hint] = known
  return new ExpectedError(
    `cannot listen on ${addressText(address)}: ${reason}`,
    hint,
    EXIT.operational,
    thrown,
  )
}

const CODES: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ['the port is in use', 'Take another port, or stop what listens there.'],
  EACCES: ['permission denied', 'Take a port above 1023.'],
  EADDRNOTAVAIL: ['this machine does not have that address', 'Listen on 127.0.0.1 or 0.0.0.0.'],
  ENOTFOUND: ['there is no such name', 'Listen on 127.0.0.1 or 0.0.0.0.'],
  EAI_AGAIN: ['the name cannot be looked up', 'Listen on 127.0.0.1 or 0.0.0.0.'],
}

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function addressText({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
