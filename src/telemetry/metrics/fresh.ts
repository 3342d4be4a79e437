// What is expensive to read is read no more often than every few seconds, however many scrape, and nobody waits for it long.

/**
 * Gives what `read` gave no longer than `maxAgeMs` ago, or reads it again, one at a time. Undefined where that fails or takes
 * longer than `waitMs`: old numbers would look like new ones.
 */
export function keepFresh<Value>(
  read: () => Promise<Value>,
  { maxAgeMs, waitMs }: { maxAgeMs: number; waitMs: number },
): () => Promise<Value | undefined> {
  let last: Promise<Value | undefined> | undefined
  let endedMs = Number.POSITIVE_INFINITY

  function begin(): Promise<Value | undefined> {
    endedMs = Number.POSITIVE_INFINITY
    return read()
      .catch(() => undefined)
      .finally(() => {
        endedMs = performance.now()
      })
  }

  return () => {
    const isOld = performance.now() - endedMs > maxAgeMs
    if (last === undefined || isOld) last = begin()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), waitMs)
    })
    return Promise.race([last, late]).finally(() => clearTimeout(timer))
  }
}
