// The memory of a process that runs tasks: V8 is kept from growing the space in which new objects begin.
import { setFlagsFromString } from 'node:v8'
import type { Terminal } from './terminal.ts'

/** A thread takes some 20 ms to begin. */
const AGAIN_MS = 1

/**
 * Keeps the nursery of V8 at the size that it has now, unless Node was told a size. Loading a command has made it 2 to 4 MB
 * by then, where what a batch leaves behind dies young as it does in the 16 MB to which it grows by itself: a process at full
 * speed takes 142 MB instead of 173 and runs as many tasks. With 1 MB it would be 138 MB, and a sixth slower.
 *
 * The flag is read where the nursery is about to grow, and nowhere else, so it may be set this late. V8 takes it back when
 * a thread begins (the heartbeat, threads of handlers), so until that runs it is set again and again.
 */
export function keepNurserySmall({ env }: Pick<Terminal, 'env'>): void {
  const said = [...process.execArgv, env['NODE_OPTIONS'] ?? '']
  if (said.some((flags) => /semi[-_]space/.test(flags))) return
  const hold = () => setFlagsFromString('--semi-space-growth-factor=1')
  hold()
  process.on('worker', (thread) => {
    const timer = setInterval(hold, AGAIN_MS).unref()
    const done = () => {
      clearInterval(timer)
      hold()
    }
    thread.once('online', done).once('exit', done)
  })
}
