// A context for handlers that need little of it.
import type { HandlerContext } from '../../src/handlers/handler.ts'

export function contextOf(kind: string): HandlerContext {
  return {
    signal: new AbortController().signal,
    task: { id: 1, kind, queue: 'default', attempt: 1, maxAttempts: 1, claimNumber: 1, traceparent: null },
    log() {},
    progress() {},
    snooze() {},
    complete: () => Promise.reject(new Error('there is no database here')),
  }
}
