// Checks of what a user typed, put together from small ones. By hand, since a library for it takes as long to load as node
// to start, and every command would pay for it.

/** The value, or the sentence that says what it must be. */
type Checked<Value> = { readonly value: Value } | { readonly sentence: string }

/** Of a text, of a list of texts from a flag that was repeated, or of undefined where nothing was given. */
export type Check<Value> = (typed: unknown) => Checked<Value>

export type ValueOf<Each> = Each extends Check<infer Value> ? Value : never

/** A text that `read` understands; undefined means that it does not. */
export function text<Value>(sentence: string, read: (text: string) => Value | undefined): Check<Value> {
  return (typed) => {
    const value = typeof typed === 'string' ? read(typed) : undefined
    return value === undefined ? { sentence } : { value }
  }
}

/** A text for which `holds`, as it is. */
export function textThat(sentence: string, holds: (text: string) => boolean): Check<string> {
  return text(sentence, (typed) => (holds(typed) ? typed : undefined))
}

export const anyText = textThat('must be a text', () => true)

/** One of these words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Check<Word> {
  return text(`must be one of ${words.join(', ')}`, (typed) => words.find((word) => word === typed))
}

/** A list as it is given, or one text whose parts stand between `separator`. */
export function listOf<Value>(item: Check<Value>, separator: string): Check<Value[]> {
  return (typed) => {
    const parts: unknown[] = Array.isArray(typed)
      ? typed
      : String(typed)
          .split(separator)
          .map((part) => part.trim())
    const values: Value[] = []
    for (const part of parts) {
      const checked = item(part)
      if ('sentence' in checked) return checked
      values.push(checked.value)
    }
    return { value: values }
  }
}

export function optional<Value>(check: Check<Value>): Check<Value | undefined> {
  return (typed) => (typed === undefined ? { value: undefined } : check(typed))
}
