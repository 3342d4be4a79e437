// How a command of the program ends.
import type { ExitStatus } from '../../errors.ts'

/** Hears the exit status of the command that ran. */
export type Done = (status: ExitStatus) => void
