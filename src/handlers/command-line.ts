// A command as a user writes it, taken apart into words. No shell is asked, so what only a shell could mean is refused.

/** A program and what it is called with; `shell` where the user asked for one. */
export type Command =
  | { readonly type: 'program'; readonly program: string; readonly args: readonly string[] }
  | { readonly type: 'shell'; readonly script: string }

const SHELL_PREFIX = /^\s*shell:/

/**
 * Words are separated by blanks. In single quotes everything is itself; in double quotes all but `\"` and `\\` is; outside,
 * a backslash makes the next character itself. `shell: text` is a script for /bin/sh. Returns a problem where it is none.
 */
export function parseCommand(text: string): Command | { readonly problem: string } {
  if (SHELL_PREFIX.test(text)) {
    const script = text.replace(SHELL_PREFIX, '').trim()
    return script === '' ? { problem: 'there is no script after shell:' } : { type: 'shell', script }
  }
  const words: string[] = []
  // Each piece is what a character of the pattern stands for; a word ends where a blank or the end comes.
  let word: string | undefined
  for (const { 0: piece, groups = {} } of text.matchAll(PIECES)) {
    const { blank, single, double, escaped, plain } = groups
    if (blank !== undefined) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (single !== undefined) word = (word ?? '') + single
    else if (double !== undefined) word = (word ?? '') + double.replace(/\\(["\\])/g, '$1')
    else if (escaped !== undefined) word = (word ?? '') + escaped
    else if (plain !== undefined && !(word === undefined && piece.startsWith('~')))
      word = (word ?? '') + plain
    else return { problem: problemOf(piece) }
  }
  if (word !== undefined) words.push(word)
  const [program, ...args] = words
  if (program === undefined || program === '') return { problem: 'there is no program in it' }
  return { type: 'program', program, args }
}

/** What no other piece fits is one character that is refused. */
const PIECES =
  /(?<blank>\s+)|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>.)|(?<plain>[^\s'"\\|&;<>()$`*?]+)|./gs

function problemOf(piece: string): string {
  if (piece === '\\') return 'it ends with a backslash'
  if (piece === "'" || piece === '"') return `a quote ${piece} is not closed`
  return `${piece[0]} means something to a shell, and none is asked: put it in quotes, or begin the command with shell:`
}
