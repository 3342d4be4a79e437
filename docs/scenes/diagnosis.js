// The scene of a bad morning: nothing of what the shop sends goes out any more. Somebody who knows only that finds out why
// and mends it, from a shell. All of it is typed into a real bash, and waits on what the screen shows.
import { openTerminal } from '../pty.js'
import { openShop } from './shop.js'

export const diagnosis = {
  size: { columns: 100, rows: 30 },
  title: 'A recording: a stuck installation is diagnosed and mended in a terminal',
  lastMs: 5_000,
  play,
}

const PROMPT = '\\[\\e[32m\\]$\\[\\e[0m\\] '
/** A prompt with nothing behind it, as the last line that is not empty: what ran before it has ended. */
const READY = /(^|\n)\$ ?\s*$/

async function play({ root, home, env, size }) {
  const shop = await openShop({ root, home, env })
  const terminal = openTerminal('bash --norc --noprofile', {
    ...size,
    cwd: home,
    env: { ...shop.env, PS1: PROMPT, HISTFILE: '', PAGER: '' },
  })
  try {
    await terminal.shows(READY)
    await lookAround(terminal)
    await ask(terminal, shop)
    await examine(terminal)
    await mend(terminal)
    await seeItFlow(terminal)
    return terminal.chunks
  } finally {
    terminal.kill()
    await shop.close()
  }
}

/** A line that was typed; returns when its command has ended, and somebody has read what it said. */
async function run(terminal, line, { readMs, by = 'type' }) {
  await terminal[by](line)
  await terminal.shows(READY)
  await terminal.pause(readMs)
}

async function clear(terminal) {
  await terminal.type('clear')
  await terminal.shows(/^\$\s*$/)
}

async function lookAround(terminal) {
  await terminal.pause(600)
  await run(terminal, '# nothing arrives any more: why?', { readMs: 0 })
  await terminal.type('taskproc stats --watch')
  await terminal.shows(/! .*no process of their queue has a handler/)
  await terminal.pause(5_500)
  terminal.press('q')
  await terminal.shows(READY)
  await terminal.pause(500)
}

async function ask(terminal, { report, thumbnail }) {
  await run(terminal, `taskproc why ${report}   # a report`, { readMs: 3_000 })
  await run(terminal, 'taskproc resume --queue reports', { readMs: 1_000 })
  await run(terminal, `taskproc why ${thumbnail}   # a thumbnail`, { readMs: 3_500 })
}

/** What it says is taken from it: the SQL is pasted, as from its output. */
async function examine(terminal) {
  await clear(terminal)
  await run(terminal, 'taskproc doctor', { readMs: 6_500 })
  const [end] = await terminal.shows(/select pg_terminate_backend\(\d+\);/)
  const [rename] = await terminal.shows(/update taskproc\.tasks set kind = 'thumbnail' [^;]*;/)
  const psql = 'psql "$(taskproc db url)" -c'
  await run(terminal, `${psql} "${end}"`, { readMs: 1_000, by: 'paste' })
  await run(terminal, `${psql} "${rename}"`, { readMs: 1_200, by: 'paste' })
}

async function mend(terminal) {
  await clear(terminal)
  await run(terminal, 'taskproc list --status error --limit 5', { readMs: 2_500 })
  await run(terminal, 'echo mail.example.com > relay.conf', { readMs: 500 })
  await terminal.type('taskproc retry --status error --kind emails')
  await terminal.shows(/\(y\/N\)/)
  await terminal.pause(900)
  await run(terminal, 'y', { readMs: 1_200 })
}

/** Ends on the screen that shows it: what waits has run, and nothing is in error. */
async function seeItFlow(terminal) {
  await terminal.type('taskproc stats --watch')
  await terminal.shows(/tasks +[0-5] due, [0-2] in progress, 0 delayed, 0 error[\s\S]*worker-1 .* [0-2]\/8/)
  await terminal.pause(2_500)
  terminal.cut()
  terminal.press('q')
  await terminal.shows(READY)
  await terminal.paste('exit')
  await terminal.end()
}
