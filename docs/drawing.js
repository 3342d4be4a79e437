// Screens of a terminal as one animated SVG: a strip of frames behind a window. Without animation it shows the last one.

const CELL_WIDTH = 8.4
const LINE_HEIGHT = 19
const PADDING = 16
const BAR_HEIGHT = 34
const BACKGROUND = '#0d1117'
const FOREGROUND = '#e6edf3'
/** The sixteen colours of a terminal, readable on BACKGROUND. */
const PALETTE = [
  ...['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'],
  ...['#8b949e', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'],
]

/** `frames`: `{ lines, forMs }` in their order, each line a list of runs `{ column, text, colour, isBold, isDim }`. */
export function drawing(frames, { columns, rows, title }) {
  const width = Math.ceil(columns * CELL_WIDTH) + 2 * PADDING
  const height = rows * LINE_HEIGHT + BAR_HEIGHT + PADDING
  const lines = new Map()
  const strip = frames.map(({ lines: screen }, index) => {
    const uses = screen.flatMap((runs, row) => (runs.length === 0 ? [] : [use(lines, runs, row)]))
    return `<g transform="translate(${index * width} 0)">${uses.join('')}</g>`
  })
  const definitions = [...lines].map(([text, id]) => `<g id="${id}">${text}</g>`)
  const totalMs = frames.reduce((sum, { forMs }) => sum + forMs, 0)
  const last = `transform:translateX(-${(frames.length - 1) * width}px)`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre;fill:${FOREGROUND}}
${PALETTE.map((colour, index) => `.c${index}{fill:${colour}}`).join('')}.b{font-weight:bold}.d{fill-opacity:.6}
#strip{${last};animation:play ${Math.round(totalMs)}ms infinite step-end}
@media(prefers-reduced-motion:reduce){#strip{animation:none}}
@keyframes play{${keyframes(frames, width, totalMs)}}
</style>
<defs><clipPath id="window"><rect width="${width - 2 * PADDING}" height="${height - BAR_HEIGHT}"/></clipPath>
${definitions.join('\n')}</defs>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
${['#ff5f57', '#febc2e', '#28c840'].map((colour, index) => `<circle cx="${20 + index * 20}" cy="17" r="6" fill="${colour}"/>`).join('')}
<g transform="translate(${PADDING} ${BAR_HEIGHT})" clip-path="url(#window)"><g id="strip">
${strip.join('\n')}
</g></g>
</svg>
`
}

/** Each different line is drawn once, however often it is shown. */
function use(lines, runs, row) {
  const drawn = runs.map(text).join('')
  const id = lines.get(drawn) ?? `l${lines.size}`
  lines.set(drawn, id)
  return `<use href="#${id}" y="${row * LINE_HEIGHT}"/>`
}

/** textLength keeps the columns in line, whatever font is there. */
function text({ column, text, colour, isBold, isDim }) {
  const hasColour = colour >= 0 && colour < PALETTE.length
  const classes = [hasColour && `c${colour}`, isBold && 'b', isDim && 'd'].filter(Boolean)
  const style = classes.length === 0 ? '' : ` class="${classes.join(' ')}"`
  const length = text.length > 1 ? ` textLength="${round(text.length * CELL_WIDTH)}"` : ''
  return `<text x="${round(column * CELL_WIDTH)}" y="14"${length}${style} xml:space="preserve">${escaped(text)}</text>`
}

function keyframes(frames, width, totalMs) {
  let atMs = 0
  return frames
    .map(({ forMs }, index) => {
      const percent = round((atMs / totalMs) * 100)
      atMs += forMs
      return `${percent}%{transform:translateX(-${index * width}px)}`
    })
    .join('')
}

function round(number) {
  return Number(number.toFixed(2))
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
