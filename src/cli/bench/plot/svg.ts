// What the pictures of benchmarks share: their paper, their letters, their colours. These fit a light and a dark page.
import type { BenchDocument } from '../document.ts'

export const WIDTH = 860

const STYLE = `
text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:14px}.name,.tick{font-size:10px;fill:#666}
.paper{fill:#fff}.grid{stroke:#ddd}.line{fill:none;stroke-width:1.6}.rate{stroke:#1f6feb}.p50{stroke:#1a7f37}.p99{stroke:#bc4c00}
.l50{fill:#1a7f37}.l99{fill:#bc4c00}.claim{stroke:#1f6feb}.first{stroke:#bc4c00}
@media(prefers-color-scheme:dark){text{fill:#ddd}.name,.tick{fill:#999}.paper{fill:#0d1117}.grid{stroke:#30363d}
.rate,.claim{stroke:#58a6ff}.p50{stroke:#3fb950}.p99,.first{stroke:#f0883e}.l50{fill:#3fb950}.l99{fill:#f0883e}}`

/** A picture of `WIDTH` x `height` pixels, below two lines of heading that say what it shows and where it was measured. */
export function svg(
  { benchmark, started_at, environment }: Pick<BenchDocument, 'benchmark' | 'started_at' | 'environment'>,
  height: number,
  parts: readonly string[],
): string {
  const { taskproc, postgres, cores } = environment
  const where = `taskproc ${taskproc}, PostgreSQL ${postgres}, ${cores} cores`
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(`taskproc bench ${benchmark}`)}</title><style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}"/>`,
    text('title', 64, 20, `bench ${benchmark}: ${where}`),
    text('name', 64, 34, started_at),
    ...parts,
    '</svg>',
  ].join('\n')}\n`
}

export function text(
  name: string,
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'end' = 'start',
): string {
  return `<text class="${name}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(content)}</text>`
}

/** To a tenth of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
