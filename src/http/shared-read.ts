// One read for all who ask at the same time: what is expensive is not done once for each of them.

/**
 * Gives every caller the answer to a `read` that began after it asked. At most one runs, and at most one more is
 * waited for.
 */
export function shareReads<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let running: Promise<Value> | undefined
  let next: Promise<Value> | undefined

  const begin = (): Promise<Value> => {
    const reading = read().finally(() => {
      if (running === reading) running = undefined
    })
    running = reading
    return reading
  }

  return () => {
    if (running === undefined) return begin()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return begin()
      })
    return next
  }
}
