// How many lines a second a log may spend on single tasks. Up to that each is seen; above, they are counted.

const WINDOW_MS = 1000

export interface LineBudget {
  /** Whether another line may be written now; if not, it is counted under `name`. */
  spend(name: string): boolean
  /** Whether `spend` would say yes. */
  hasRoom(): boolean
  /** Reports what was counted and not reported yet. */
  close(): void
}

/**
 * A budget of `perSecond` lines. What did not fit is handed to `report` once a second, as counts by name, so that
 * a log never says less than what happened.
 */
export function createLineBudget(
  perSecond: number,
  report: (left: ReadonlyMap<string, number>) => void,
): LineBudget {
  let windowEndsAt = 0
  let spent = 0
  let left = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  function hasRoom(): boolean {
    const now = performance.now()
    if (now >= windowEndsAt) {
      windowEndsAt = now + WINDOW_MS
      spent = 0
    }
    return spent < perSecond
  }

  function close(): void {
    clearTimeout(timer)
    timer = undefined
    if (left.size === 0) return
    const counted = left
    left = new Map()
    report(counted)
  }

  return {
    hasRoom,
    spend(name) {
      if (hasRoom()) {
        spent++
        return true
      }
      left.set(name, (left.get(name) ?? 0) + 1)
      timer ??= setTimeout(close, WINDOW_MS).unref()
      return false
    },
    close,
  }
}
