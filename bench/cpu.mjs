// CPU seconds of the server, where it runs on this machine under an id that we know: its children that live, and those that ended.
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** null where it cannot be known. */
export function serverCpuSeconds(postmaster) {
  if (postmaster === null || process.platform !== 'linux') return null
  let ticks = 0
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const stat = statOf(entry)
    if (stat === null) continue
    if (Number(entry) === postmaster) ticks += stat.own + stat.children
    else if (stat.parent === postmaster) ticks += stat.own
  }
  return ticks / TICKS_PER_SECOND
}

/** After the name, which may hold anything: state, parent, ... utime, stime, cutime, cstime are the 12th to 15th. */
function statOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number)
    return { parent: Number(fields[1]), own: utime + stime, children: cutime + cstime }
  } catch {
    return null
  }
}
