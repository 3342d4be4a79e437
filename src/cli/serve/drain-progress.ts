// What is shown while a process drains: a live line on a terminal, a log line every few seconds otherwise.
import type { EngineStatus } from '../../engine/options.ts'
import type { Log } from '../../telemetry/log.ts'
import { count, duration } from '../../telemetry/words.ts'
import { startSpinner } from '../spinner.ts'
import type { Terminal } from '../terminal.ts'

const SCREEN_INTERVAL_MS = 100
const LOG_INTERVAL_MS = 5_000

/** Shows how far the drain is until the returned function is called. */
export async function showDrain(read: () => EngineStatus, terminal: Terminal, log: Log): Promise<() => void> {
  const spinner = await startSpinner(terminal, drainText(read()))
  const show = (): void => {
    if (spinner.isShown) spinner.update(drainText(read()))
    else log.info({ event: 'drain.progress', running: read().running.length }, drainText(read()))
  }
  show()
  const timer = setInterval(show, spinner.isShown ? SCREEN_INTERVAL_MS : LOG_INTERVAL_MS)
  return () => {
    clearInterval(timer)
    spinner.stop()
  }
}

/** `draining 3 tasks, oldest 2 s, 27 s left; Ctrl+C again to abort`. */
export function drainText({ running, drainLeftMs }: Pick<EngineStatus, 'running' | 'drainLeftMs'>): string {
  if (running.length === 0) return 'draining: writing the last outcomes'
  const oldestMs = Math.max(...running.map((run) => run.forMs))
  const left = drainLeftMs === null ? '' : `, ${seconds(Math.ceil(drainLeftMs / 1000))} left`
  return `draining ${count(running.length, 'task')}, oldest ${seconds(Math.floor(oldestMs / 1000))}${left}; Ctrl+C again to abort`
}

/** A line that changes ten times a second is easier to read without tenths. */
function seconds(whole: number): string {
  return whole < 60 ? `${whole} s` : duration(whole * 1000)
}
