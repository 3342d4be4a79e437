// Waiting with a limit.
import { MAX_TIMER_MS } from './loop.ts'

/** Resolves as `promise` does, or to undefined after `limitMs`. The promise itself goes on. */
export async function within<Value>(promise: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.min(limitMs, MAX_TIMER_MS))
  })
  try {
    return await Promise.race([promise, limit])
  } finally {
    clearTimeout(timer)
  }
}
