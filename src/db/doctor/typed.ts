// Names as they are typed: in SQL, in a shell, and a few of many in a sentence.

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function shellWord(text: string): string {
  return /^[\w.:=/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

const MOST_NAMES = 3

/** `a, b, c and 4 more`. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ')
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown
}
