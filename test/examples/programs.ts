// The programs of the examples that this machine can run.
import { findExecutable } from '../../src/handlers/executable.ts'

export const HAS_PYTHON =
  typeof findExecutable('python3', { cwd: '/', path: process.env['PATH'] }) === 'string'

/** As --exec takes them; `folder` holds the examples. */
export function examplePrograms(folder: string): string[] {
  const programs = [`archive=${folder}/archive.sh`]
  return HAS_PYTHON ? [`word_count=${folder}/word_count.py`, ...programs] : programs
}
