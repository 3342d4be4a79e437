// A few names of many, in a sentence.

const MOST_NAMES = 3

/** `a, b, c and 4 more`. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ')
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown
}
