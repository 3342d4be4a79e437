// Doctor: the room that the embedded server has on its disk. Of another server, SQL cannot ask.
import type { CheckResult, Diagnosis } from '../../db/doctor/examine.ts'
import { bySeverity, type Finding } from '../../db/doctor/finding.ts'
import { readSpace, type Space } from '../../postgres/space.ts'
import { bytes } from '../../task/words.ts'

const MB = 1024 * 1024
/** PostgreSQL keeps up to a gigabyte of write-ahead log by default. */
const LITTLE_BYTES = 1024 * MB
/** A server that cannot write its log stops at once. */
const NOTHING_BYTES = 128 * MB

/** A finding where there is less than a gigabyte. */
export function judgeSpace({ directory, free_bytes }: Space): Finding[] {
  if (free_bytes >= LITTLE_BYTES) return []
  const severity = free_bytes < NOTHING_BYTES ? 'error' : 'warning'
  const evidence = `${bytes(free_bytes)} are free on the disk of ${directory}; without room the embedded PostgreSQL stops`
  return [{ name: 'disk is full', severity, evidence, fix: `df -h ${directory}` }]
}

/** `diagnosis` with this check. */
export async function withFreeSpace(diagnosis: Diagnosis, home: string): Promise<Diagnosis> {
  const space = await readSpace({ home })
  const findings = judgeSpace(space)
  const check: CheckResult = {
    name: 'free space',
    ok: findings.length === 0,
    note: `${bytes(space.free_bytes)} in ${space.directory}`,
  }
  return { findings: bySeverity([...diagnosis.findings, ...findings]), checks: [...diagnosis.checks, check] }
}
