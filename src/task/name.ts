// What a name of a kind, a queue, a schedule or a process looks like.
import { LIMITS } from './limits.ts'

// The database bounds names too; it counts characters, as a pattern with the flag u does, and refuses U+0000. A lone
// surrogate (Cs) would be stored as something else, and not be found again.
export const NAME = new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${LIMITS.nameChars}}$`, 'u')

export const NAME_PROBLEM = `must be a name of 1 to ${LIMITS.nameChars} characters without control characters`
