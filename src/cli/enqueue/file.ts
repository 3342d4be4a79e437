// taskproc enqueue --file: a stream of tasks from a file or stdin, and what is known of it when it ends early.
import { setFlagsFromString } from 'node:v8'
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { count, grouped } from '../../telemetry/words.ts'
import type { Flags } from '../config.ts'
import { startSpinner } from '../spinner.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'
import { EnqueueReport } from './report.ts'
import { checkStream, enqueueStream, type Progress, type StreamParts } from './stream.ts'
import { TaskFile } from './task-file.ts'
import { warnUnserved } from './unserved.ts'

/** Exit status: operational when a line was refused; with --strict nothing is in then. */
export async function enqueueFile(
  file: string,
  defaults: Readonly<Record<string, unknown>>,
  flags: Flags,
  terminal: Terminal,
): Promise<ExitStatus> {
  // Else V8 lets 40 MB of dead lines pile up before it looks at them.
  setFlagsFromString('--optimize-for-size')
  const progress: Progress = { answeredLine: 0, sentLine: 0 }
  const isStrict = flags['strict'] === true
  const source = new TaskFile(file, terminal)
  const report = new EnqueueReport(terminal, flags['json'] === true)
  try {
    await withStore('enqueue', flags, terminal, async (pool, signal) => {
      await source.open({ twice: isStrict, signal })
      const spinner = await startSpinner(terminal, `reading ${file === '-' ? 'stdin' : file}`)
      const answer: StreamParts['answer'] = (answers) => {
        spinner.update(`enqueued ${count(report.enqueued, 'task')}`)
        return report.answer(answers)
      }
      const parts = { pool, defaults, signal, answer }
      try {
        if (isStrict) await checkStream(source.read(), parts)
        if (report.refused === 0) await enqueueStream(source.read(), parts, progress)
      } finally {
        spinner.stop()
        await report.end()
      }
      await warnUnserved(pool, report.places, terminal, report.isPlaceMissing)
    })
  } catch (thrown) {
    throw thrown instanceof ExpectedError ? withProgress(thrown, progress, file) : thrown
  } finally {
    await source.close()
  }
  if (report.refused === 0) return EXIT.ok
  throw refusal(report)
}

function refusal({ refused, enqueued }: EnqueueReport): ExpectedError {
  const hint =
    enqueued === 0 ? 'Nothing is enqueued.' : 'Correct them and enqueue them alone: the others are in.'
  return new ExpectedError(`${count(refused, 'line')} refused`, hint)
}

/** `error` with how far it came, so that nothing is enqueued twice by who goes on. */
function withProgress(
  error: ExpectedError,
  { answeredLine, sentLine }: Progress,
  file: string,
): ExpectedError {
  if (sentLine === 0) return error
  const unknown =
    sentLine > answeredLine
      ? `; whether ${grouped(answeredLine + 1)} to ${grouped(sentLine)} are is not known`
      : ''
  const message = `${error.message}\nlines up to ${grouped(answeredLine)} are enqueued or named above${unknown}`
  const rest = `tail -n +${sentLine + 1} ${file === '-' ? 'FILE' : file} | taskproc enqueue --file -`
  return new ExpectedError(message, `Go on behind them: ${rest}`, error.exitStatus, error)
}
