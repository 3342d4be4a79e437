// Errors that nobody awaits: a handler that throws in a timer, or lets a rejected promise float.
import { EXIT, ExpectedError } from '../errors.ts'
import { errorText } from '../task/outcome.ts'

/**
 * Resolves or rejects as `work` does, unless such an error comes first: then it rejects with what `describe`
 * makes of it: by default what the author of a handler can mend. The process has to end after it, since nobody knows what
 * state it is in; its tasks are rescued, and the crash is counted.
 */
export async function unlessUnawaited<T>(
  work: Promise<T>,
  describe: (error: unknown) => unknown = unawaited,
): Promise<T> {
  let stop = () => {}
  const thrown = new Promise<never>((_, reject) => {
    const onError = (error: unknown) => reject(describe(error))
    process.on('uncaughtException', onError)
    process.on('unhandledRejection', onError)
    stop = () => {
      process.off('uncaughtException', onError)
      process.off('unhandledRejection', onError)
    }
  })
  try {
    return await Promise.race([work, thrown])
  } finally {
    stop()
  }
}

function unawaited(error: unknown): ExpectedError {
  const place = error instanceof Error ? error.stack?.split('\n')[1]?.trim() : undefined
  return new ExpectedError(
    `an error that nobody awaited ended this process: ${errorText(error)}${place ? ` (${place})` : ''}`,
    'Await every promise of a handler, and catch in its timers; the tasks it held run again when its lease is over.',
    EXIT.operational,
    error,
  )
}
