// What this terminal can show: which characters, and whether in colour.
import { isDecorated, type Terminal } from '../terminal.ts'

export interface Look {
  /** Whether characters beyond ASCII arrive as such. */
  readonly isUtf8: boolean
  /** Whether its font has blocks, dots and arrows. */
  readonly hasSymbols: boolean
  readonly hasColour: boolean
}

/** From the locale, by its rule: LC_ALL, else LC_CTYPE, else LANG; none of them is the ASCII of POSIX. */
export function readLook({ env, stdout }: Pick<Terminal, 'env' | 'stdout'>): Look {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const isUtf8 = /utf-?8/i.test(locale)
  // The font of the Linux console has 256 or 512 characters, and few of the blocks.
  const hasSymbols = isUtf8 && env['TERM'] !== 'linux' && env['TERM'] !== 'dumb'
  return { isUtf8, hasSymbols, hasColour: isDecorated(stdout, env) }
}
