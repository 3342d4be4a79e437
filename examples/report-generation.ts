// Kind `report_generation`: a query of any size, streamed into a CSV, and a page with a chart of what was in it.
import { createWriteStream } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import pg from 'pg'
import QueryStream from 'pg-query-stream'
import { defineHandlers } from 'taskproc'
import { z } from 'zod'

/** How the tasks of the last days went. Put a query of your own here. */
const ROWS = `
select t.id, t.kind, t.queue, t.status, t.attempts, t.created_at::text, t.finished_at::text
from taskproc.tasks t where t.created_at > now() - $1 * interval '1 day' order by t.id`

const report = z.object({ days: z.number().positive().default(7), folder: z.string().default('reports') })

export default defineHandlers({
  report_generation: {
    schema: report,
    timeout: '15m',
    limit: 1,
    async handler({ days, folder }, { task, signal, log }) {
      await mkdir(folder, { recursive: true })
      const csv = join(folder, `report-${task.id}.csv`)
      const page = join(folder, `report-${task.id}.html`)
      const counts = new Map<string, number>()
      const client = new pg.Client({
        connectionString: process.env['REPORT_DATABASE_URL'] ?? process.env['DATABASE_URL'],
      })
      await client.connect()
      try {
        // Batches of rows go from the database to the disk; none of it is held.
        const rows = client.query(new QueryStream(ROWS, [days], { batchSize: 1_000 }))
        const lines = stringify({ header: true })
        await pipeline(rows, counting(counts), lines, createWriteStream(`${csv}.part`), { signal })
      } finally {
        await client.end()
      }
      await writeFile(`${page}.part`, pageOf(days, counts))
      // A reader never sees half a report, and a second run replaces what the first one left.
      await rename(`${csv}.part`, csv)
      await rename(`${page}.part`, page)
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
      log(`${total} rows`)
      return { csv, page, rows: total }
    },
  },
})

/** Lets the rows pass, and counts them by kind. */
function counting(counts: Map<string, number>) {
  return async function* (rows: AsyncIterable<{ kind: string }>) {
    for await (const row of rows) {
      counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1)
      yield row
    }
  }
}

const BAR = { height: 24, width: 480, left: 200 }

function pageOf(days: number, counts: ReadonlyMap<string, number>): string {
  const most = Math.max(1, ...counts.values())
  const bars = [...counts].map(([kind, count], index) => {
    const y = index * (BAR.height + 8)
    const middle = y + BAR.height / 2 + 5
    const width = Math.round((count / most) * BAR.width)
    return `<text x="${BAR.left - 8}" y="${middle}" text-anchor="end">${escaped(kind)}</text>
<rect x="${BAR.left}" y="${y}" width="${width}" height="${BAR.height}" fill="#3b82f6"/>
<text x="${BAR.left + width + 8}" y="${middle}">${count}</text>`
  })
  const height = counts.size * (BAR.height + 8)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Tasks of the last ${days} days</title>
<h1>Tasks of the last ${days} days</h1>
<svg xmlns="http://www.w3.org/2000/svg" width="${BAR.left + BAR.width + 100}" height="${height}" font-family="sans-serif" font-size="14">
${bars.join('\n')}
</svg></html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
