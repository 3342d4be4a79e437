// Where a measurement ran: what its reader has to know of the machine, the server and the programs.
import { cpus, totalmem } from 'node:os'
import type { ServerFacts } from '../../db/bench/meter.ts'
import { readVersion } from '../version.ts'
import type { BenchDocument } from './document.ts'

type Environment = BenchDocument['environment']

export function environmentOf(
  { version, settings }: Pick<ServerFacts, 'version' | 'settings'>,
  place: Environment['place'],
): Environment {
  return {
    taskproc: readVersion(),
    node: process.version,
    postgres: version,
    postgres_settings: settings,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory_bytes: totalmem(),
    place,
  }
}
