// Times as a person takes them: how long ago, or in how long, by the clock of the database.
import { duration } from '../telemetry/words.ts'

const MINUTE_MS = 60_000

/** A time so many milliseconds from now: `3 s ago`, `in 5 min`, `now` where it is less than a second away. */
export function relative(fromNowMs: number): string {
  const ms = Math.abs(fromNowMs)
  if (ms < 1000) return 'now'
  const length = ms < MINUTE_MS ? `${Math.floor(ms / 1000)} s` : duration(ms)
  return fromNowMs < 0 ? `${length} ago` : `in ${length}`
}

/** `2030-01-31 09:00:00.123Z`: an ISO text of the database, cut to milliseconds and easier to read. */
export function instant(iso: string): string {
  return `${iso.slice(0, 10)} ${clockTime(iso)}Z`
}

/** `09:00:00.123` */
export function clockTime(iso: string): string {
  return iso.slice(11, 23)
}
