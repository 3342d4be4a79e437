// The scene of the first minute: one command, in a new home, from nothing to 20 tasks that ran.
import { join } from 'node:path'
import { openTerminal } from '../pty.js'

const COMMAND = 'npm start'

export const npmStart = {
  size: { columns: 104, rows: 28 },
  title: `A recording of ${COMMAND} in a terminal`,
  lastMs: 6_000,
  play,
}

async function play({ root, home, env, size }) {
  const own = { TASKPROC_HOME: join(home, 'data'), PROCESS_NAME: 'laptop' }
  const terminal = openTerminal(COMMAND, { ...size, cwd: root, env: { ...env, ...own } })
  terminal.chunks.push({ atMs: 0, text: `\x1b[32m$\x1b[0m ${COMMAND}\r\n` })
  const status = await terminal.end()
  if (status !== 0) throw new Error(`${COMMAND} ended with ${status}`)
  return terminal.chunks
}
