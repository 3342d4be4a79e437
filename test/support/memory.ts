// Where the data of the servers under test lie: in memory, where there is enough of it.
import { accessSync, constants, statfsSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'

const MEMORY = '/dev/shm'
/** Several times what a whole run has there at once, 0.6 GB. A container has 64 MB there unless told otherwise. */
const ENOUGH_BYTES = 3 * 1024 ** 3

/**
 * The directory to put them into. Each test file clones a database and drops it: 300 files, which ext4 gives no inode
 * that it took from others in the last minutes. To look past those costs 0.2 s of processor time for each clone, on
 * disk; in memory a clone costs 0.01 s.
 */
export function dataParent(): string {
  return isRoomy(MEMORY) && freemem() > ENOUGH_BYTES ? MEMORY : tmpdir()
}

function isRoomy(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize > ENOUGH_BYTES
  } catch {
    return false
  }
}
