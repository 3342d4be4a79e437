// Makes docs/npm-start.svg: runs the command in a real terminal, in a new home, and draws what a terminal emulator made of it.
// Run it with `node docs/record.js` (Linux: the terminal is that of `script`, util-linux).
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { drawing } from './drawing.js'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const COMMAND = 'npm start'
const COLUMNS = 104
const ROWS = 28
/** What comes within this time is one picture; a spinner turns every 80 ms. */
const FRAME_MS = 90
const LAST_FRAME_MS = 6000

const chunks = await run()
const frames = await replay(chunks)
const svg = drawing(frames, { columns: COLUMNS, rows: ROWS })
const file = join(ROOT, 'docs/npm-start.svg')
writeFileSync(file, svg)
process.stdout.write(`${file}: ${frames.length} frames, ${Math.round(svg.length / 1024)} kB\n`)

/** Runs the command in a terminal and returns what it wrote, with times in ms. */
async function run() {
  const home = mkdtempSync(join(tmpdir(), 'taskproc-record-'))
  // Nothing of this machine: no settings of its npm, no name of its own.
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TERM: 'xterm-256color',
    SHELL: '/bin/sh',
    TZ: 'UTC',
    npm_config_update_notifier: 'false',
    TASKPROC_HOME: join(home, 'data'),
    PROCESS_NAME: 'laptop',
  }
  const shell = `stty cols ${COLUMNS} rows ${ROWS} && exec ${COMMAND}`
  const child = spawn('script', ['-qefc', shell, '/dev/null'], { cwd: ROOT, env })
  const started = performance.now()
  const chunks = [{ atMs: 0, text: `\x1b[32m$\x1b[0m ${COMMAND}\r\n` }]
  child.stdout
    .setEncoding('utf8')
    .on('data', (text) => chunks.push({ atMs: performance.now() - started, text }))
  child.stderr.pipe(process.stderr)
  const status = await new Promise((resolve) => child.on('close', resolve))
  rmSync(home, { recursive: true, force: true })
  if (status !== 0) throw new Error(`${COMMAND} ended with ${status}`)
  return chunks
}

/** The screen after each FRAME_MS in which it changed, as lines of coloured runs. */
async function replay(chunks) {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true })
  const frames = []
  for (const [index, { atMs, text }] of chunks.entries()) {
    await new Promise((resolve) => terminal.write(text, resolve))
    const nextMs = chunks[index + 1]?.atMs ?? Number.POSITIVE_INFINITY
    const frame = { atMs, lines: screen(terminal) }
    const last = frames.at(-1)
    if (last !== undefined && JSON.stringify(last.lines) === JSON.stringify(frame.lines)) continue
    if (nextMs - (last?.atMs ?? 0) >= FRAME_MS) frames.push(frame)
  }
  const endMs = (chunks.at(-1)?.atMs ?? 0) + LAST_FRAME_MS
  return frames.map((frame, index) => ({ ...frame, forMs: (frames[index + 1]?.atMs ?? endMs) - frame.atMs }))
}

function screen(terminal) {
  const { active } = terminal.buffer
  return Array.from({ length: ROWS }, (_, row) => runs(active.getLine(active.viewportY + row)))
}

/** A line as runs of cells that look alike: `{ column, text, colour, isBold }`, without the blanks at its ends. */
function runs(line) {
  const found = []
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column)
    const text = cell.getChars() || ' '
    const colour = cell.isFgPalette() ? cell.getFgColor() : -1
    const isBold = cell.isBold() !== 0
    const last = found.at(-1)
    if (last !== undefined && last.colour === colour && last.isBold === isBold) last.text += text
    else found.push({ column, text, colour, isBold })
  }
  return found.map((run) => ({ ...run, text: run.text.trimEnd() })).filter(({ text }) => text !== '')
}
