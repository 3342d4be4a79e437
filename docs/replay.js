// What a terminal emulator makes of the bytes of a recording: screens of coloured runs, each with the time it was seen.
import xterm from '@xterm/headless'

/** What comes within this time is one picture; a spinner turns every 80 ms. */
const FRAME_MS = 90

/** The screen after each FRAME_MS in which it changed: `{ lines, forMs }`, each line a list of runs. The last is shown for `lastMs`. */
export async function replay(chunks, { columns, rows, lastMs }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const frames = []
  for (const [index, { atMs, text }] of chunks.entries()) {
    await new Promise((resolve) => terminal.write(text, resolve))
    const nextMs = chunks[index + 1]?.atMs ?? Number.POSITIVE_INFINITY
    const lines = screen(terminal, rows)
    const last = frames.at(-1)
    if (last !== undefined && JSON.stringify(last.lines) === JSON.stringify(lines)) continue
    if (nextMs - (last?.atMs ?? 0) >= FRAME_MS) frames.push({ atMs, lines })
  }
  const endMs = (chunks.at(-1)?.atMs ?? 0) + lastMs
  return frames.map(({ atMs, lines }, index) => ({ lines, forMs: (frames[index + 1]?.atMs ?? endMs) - atMs }))
}

function screen(terminal, rows) {
  const { active } = terminal.buffer
  return Array.from({ length: rows }, (_, row) => runs(active.getLine(active.viewportY + row)))
}

/** A line as runs of cells that look alike: `{ column, text, colour, isBold, isDim }`, without the blanks at its ends. */
function runs(line) {
  const found = []
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column)
    const text = cell.getChars() || ' '
    const look = {
      colour: cell.isFgPalette() ? cell.getFgColor() : -1,
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
    }
    const last = found.at(-1)
    if (last !== undefined && isAlike(last, look)) last.text += text
    else found.push({ column, text, ...look })
  }
  return found.map((run) => ({ ...run, text: run.text.trimEnd() })).filter(({ text }) => text !== '')
}

function isAlike(a, b) {
  return a.colour === b.colour && a.isBold === b.isBold && a.isDim === b.isDim
}
