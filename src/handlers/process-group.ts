// The process group of a running program: told to end, made to end, and never left behind.
import { GroupGuard } from './group-guard.ts'

/** One guard for all programs of this process; its shell is started by the first of them. */
const guard = new GroupGuard()

/** To be called before a program is started. */
export function raiseGuard(): void {
  guard.raise()
}

export class ProcessGroup {
  readonly #pid: number | undefined
  readonly #letGo: () => void
  #timer: NodeJS.Timeout | undefined

  /**
   * `pid` leads the group; undefined where it could not be started. `letGo` is called after a KILL: who has left the
   * group may still hold its output open, and nobody waits for that.
   */
  constructor(pid: number | undefined, letGo: () => void) {
    this.#pid = pid
    this.#letGo = letGo
    if (pid !== undefined) guard.add(pid)
  }

  /** TERM, and KILL after `graceMs`; KILL at once without a grace. */
  stop(graceMs: number): void {
    if (graceMs > 0) this.#signal('SIGTERM')
    this.endAfter(graceMs)
  }

  /** KILL after `delayMs`; replaces what was planned before. */
  endAfter(delayMs: number): void {
    clearTimeout(this.#timer)
    const kill = () => {
      this.#signal('SIGKILL')
      this.#letGo()
    }
    if (delayMs > 0) this.#timer = setTimeout(kill, delayMs)
    else kill()
  }

  /** KILL for what is left; nothing is planned any more. */
  end(): void {
    this.endAfter(0)
    if (this.#pid !== undefined) guard.remove(this.#pid)
  }

  #signal(name: 'SIGTERM' | 'SIGKILL'): void {
    try {
      if (this.#pid !== undefined) process.kill(-this.#pid, name)
    } catch {
      // Nobody is left in it, or it belongs to another user now: there is nothing more to be done.
    }
  }
}
