// The clock for everything in memory: monotonic, and the same in every thread of the process (performance.now is not).

export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}
