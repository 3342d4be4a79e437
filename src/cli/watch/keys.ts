// What a terminal sends, as keys.

/** A key by its name, or the character that was typed. */
export type Key = string

const NAMED: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u0003': 'ctrl+c',
  '\u000c': 'ctrl+l',
  '\u001a': 'ctrl+z',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u001b': 'escape',
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  '\u001b[5~': 'page up',
  '\u001b[6~': 'page down',
  '\u001b[H': 'home',
  '\u001bOH': 'home',
  '\u001b[1~': 'home',
  '\u001b[F': 'end',
  '\u001bOF': 'end',
  '\u001b[4~': 'end',
}

const ESC = '\u001b'
const PARAMETERS = '[0-?]*[ -/]*'
// An escape sequence by its grammar (ECMA-48), so that one we do not know is one key and not a handful of letters. No
// key here has an Alt: an escape before anything else is a key of its own, which came together with the next one.
const SEQUENCE = new RegExp(`${ESC}\\[${PARAMETERS}[@-~]|${ESC}O[^${ESC}]|[\\s\\S]`, 'gu')
/** The beginning of one that is not all there yet. */
const UNFINISHED = new RegExp(`${ESC}(?:\\[${PARAMETERS}|O)?$`)

/** The keys in `text`; `rest` is the beginning of one, to be put before what comes next. */
export function decodeKeys(text: string): { keys: Key[]; rest: string } {
  const rest = UNFINISHED.exec(text)?.[0] ?? ''
  const sequences = text.slice(0, text.length - rest.length).match(SEQUENCE) ?? []
  return { keys: sequences.map(keyOf).filter((key) => key !== undefined), rest }
}

/** After this, an escape that nothing followed was the key itself. */
const ESCAPE_MS = 50

/** Calls `press` for each key that `input` sends, until the returned function is called. `end` when nobody is there any more. */
export function readKeys(
  input: NodeJS.ReadableStream,
  press: (key: Key) => void,
  end: () => void,
): () => void {
  let rest = ''
  let timer: NodeJS.Timeout | undefined
  const onData = (chunk: Buffer | string): void => {
    clearTimeout(timer)
    const decoded = decodeKeys(rest + chunk.toString())
    rest = decoded.rest
    if (rest !== '')
      timer = setTimeout(() => {
        rest = ''
        press('escape')
      }, ESCAPE_MS)
    for (const key of decoded.keys) press(key)
  }
  input.on('data', onData)
  input.on('end', end)
  input.on('error', end)
  return () => {
    clearTimeout(timer)
    input.off('data', onData)
    input.off('end', end)
    // The listener for errors stays: a terminal that was closed fails once more when its mode is given back.
  }
}

function keyOf(sequence: string): Key | undefined {
  return NAMED[sequence] ?? (/^\P{Cc}$/u.test(sequence) ? sequence : undefined)
}
