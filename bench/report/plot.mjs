// Plots as SVG, readable on light and dark: the same figures give the same picture.

const WIDTH = 760
const ROW = 30
const LEFT = 210
const RIGHT = 110
/** In pixels, rather too wide than too narrow: nobody knows the font. */
const LETTER_WIDTH = 7.5
const TOP = 34
const STYLE = `<style>
text{font:13px system-ui,sans-serif;fill:#57606a}.title{font-weight:600;fill:#1f2328}
.bar{fill:#afb8c1}.ours{fill:#0969da}.whisker{stroke:#57606a;stroke-width:1.5}.axis{stroke:#d0d7de}
.line{fill:none;stroke-width:2}
@media (prefers-color-scheme:dark){text{fill:#9198a1}.title{fill:#f0f6fc}.bar{fill:#3d444d}.ours{fill:#4493f8}
.whisker{stroke:#9198a1}.axis{stroke:#3d444d}}
</style>`
const COLOURS = ['#0969da', '#bf8700', '#8250df', '#1a7f37', '#cf222e', '#57606a']

/** Horizontal bars: `{ label, value, min, max, isOurs, text }`; the whiskers are the spread of the rounds. */
export function bars(title, items) {
  const most = Math.max(...items.map(({ max, value }) => max ?? value), 1e-9)
  const left = Math.max(LEFT, widest(items.map(({ label }) => label)) + 20)
  const right = Math.max(RIGHT, widest(items.map(({ text }) => text)) + 12)
  const x = (value) => left + (value / most) * (WIDTH - left - right)
  const rows = items.map(({ label, value, min, max, isOurs, text }, index) => {
    const y = TOP + index * ROW
    const middle = y + ROW / 2
    const whisker =
      min === undefined || min === max
        ? ''
        : `<path class="whisker" d="M${n(x(min))} ${middle}H${n(x(max))}M${n(x(min))} ${middle - 4}v8M${n(x(max))} ${middle - 4}v8"/>`
    return `<text x="${n(left - 10)}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>
<rect class="${isOurs ? 'ours' : 'bar'}" x="${n(left)}" y="${y + 5}" width="${n(Math.max(1, x(value) - left))}" height="${ROW - 10}" rx="3"/>
${whisker}<text x="${n(Math.max(x(value), x(max ?? value)) + 8)}" y="${middle + 4}">${escaped(text)}</text>`
  })
  return svg(title, TOP + items.length * ROW + 10, rows.join('\n'))
}

/** Lines over time: `{ label, points: [[seconds, value]...] }`. */
export function lines(title, series) {
  const [height, bottom, left] = [260, 40, 70]
  const points = series.flatMap((one) => one.points)
  const longest = Math.max(...points.map(([at]) => at), 1e-9)
  const most = Math.max(...points.map(([, value]) => value), 1e-9)
  const x = (at) => left + (at / longest) * (WIDTH - left - 20)
  const y = (value) => height - bottom - (value / most) * (height - bottom - TOP - 24)
  const paths = series.map(({ label, points: own }, index) => {
    const d = own.map(([at, value], place) => `${place === 0 ? 'M' : 'L'}${n(x(at))} ${n(y(value))}`).join('')
    const colour = COLOURS[index % COLOURS.length]
    const place = left + index * 135
    return `<path class="line" stroke="${colour}" d="${d}"/>
<rect x="${place}" y="${TOP}" width="10" height="10" fill="${colour}"/><text x="${place + 15}" y="${TOP + 10}">${escaped(label)}</text>`
  })
  const axes = [0, 0.5, 1].map(
    (share) => `<path class="axis" d="M${left} ${n(y(most * share))}H${WIDTH - 20}"/>
<text x="${left - 8}" y="${n(y(most * share) + 4)}" text-anchor="end">${Math.round(most * share).toLocaleString('en-US')}</text>`,
  )
  const seconds = `<text x="${left}" y="${height - 16}">0 s</text><text x="${WIDTH - 20}" y="${height - 16}" text-anchor="end">${n(longest)} s</text>`
  return svg(title, height, [...axes, ...paths, seconds].join('\n'))
}

function svg(title, height, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(title)}</title>
${STYLE}
<text class="title" x="10" y="20">${escaped(title)}</text>
${body}
</svg>
`
}

function widest(texts) {
  return Math.max(0, ...texts.map((text) => String(text).length)) * LETTER_WIDTH
}

function n(value) {
  return Math.round(value * 10) / 10
}

function escaped(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
