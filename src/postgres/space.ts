// How much room the disk has on which the data of an embedded server lie.
import { statfs } from 'node:fs/promises'
import { homeAt } from './home.ts'

export interface Space {
  /** The home. */
  directory: string
  /** For whoever is not root. */
  free_bytes: number
}

export async function readSpace({ home }: { readonly home: string }): Promise<Space> {
  const { directory } = homeAt(home)
  const { bavail, bsize } = await statfs(directory)
  return { directory, free_bytes: bavail * bsize }
}
