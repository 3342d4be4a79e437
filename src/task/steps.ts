// How fast things happened: counts in steps of ten seconds over the last quarter of an hour, added up across processes.

export const STEP_SECONDS = 10
export const STEPS = 90
/** What is called "now": the last minute. */
export const WINDOW_SECONDS = 60

/** What one process counted: its last step ended `ageSeconds` ago. Oldest first; steps of zeros in front may be left out. */
export interface Counted {
  readonly steps: readonly number[]
  readonly ageSeconds: number
}

/** The sum of several, by when it was: STEPS numbers, the last one for the step that ends now. */
export function sumSteps(counted: readonly Counted[]): number[] {
  const sum = new Array<number>(STEPS).fill(0)
  for (const { steps, ageSeconds } of counted) {
    const passed = Math.floor(Math.max(0, ageSeconds) / STEP_SECONDS)
    for (const [index, n] of steps.entries()) {
      const place = STEPS - passed - steps.length + index
      if (place >= 0) sum[place] = (sum[place] ?? 0) + n
    }
  }
  return sum
}

/** How much of it was in the last minute. */
export function inLastMinute(steps: readonly number[]): number {
  return steps.slice(-WINDOW_SECONDS / STEP_SECONDS).reduce((sum, n) => sum + n, 0)
}
