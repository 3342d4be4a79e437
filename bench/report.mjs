// From the results of a run to RESULTS.md, its plots and the table of the README. Usage: node bench/report.mjs [RESULTS.json] [DIRECTORY]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { document } from './report/document.mjs'
import { plots } from './report/plots.mjs'
import { withFigures } from './report/summary.mjs'

const [file = join(import.meta.dirname, 'results', 'latest.json'), directory = import.meta.dirname] =
  process.argv.slice(2)
const results = JSON.parse(readFileSync(file, 'utf8'))
const drawn = plots(results)

mkdirSync(join(directory, 'plots'), { recursive: true })
for (const [name, picture] of Object.entries(drawn))
  writeFileSync(join(directory, 'plots', `${name}.svg`), picture)
writeFileSync(
  join(directory, 'RESULTS.md'),
  document(results, { plots: Object.keys(drawn), source: basename(file) }),
)
if (!results.quick && directory === import.meta.dirname) {
  const readme = join(directory, '..', 'README.md')
  writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), results))
}
process.stdout.write(`${join(directory, 'RESULTS.md')}\n`)
