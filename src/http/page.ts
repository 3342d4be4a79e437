// A page of tasks as the text of an answer: no larger than fits, whatever their payloads and results are.
import type { Page, TaskPage } from '../db/browse.ts'
import type { TaskDocument } from '../task/task.ts'

/** Each of them may have a payload and a result of a megabyte: more at once is read only when these were small. */
const FIRST_ROWS = 25

/**
 * `{"items": [...], "next": ...}` with at most `page.limit` tasks and about `maxBytes`; at least one task where there is
 * one. A page that is full of bytes is shorter than was asked for, and its `next` goes on behind it.
 */
export async function readPageText(
  list: (page: Page) => Promise<TaskPage>,
  page: Page,
  maxBytes: number,
): Promise<string> {
  const texts: string[] = []
  let bytes = 0
  let rows = Math.min(page.limit, FIRST_ROWS)
  let after = page.after
  for (;;) {
    const { items, next } = await list({ ...page, limit: rows, after })
    let last: TaskDocument | undefined
    for (const item of items) {
      const text = JSON.stringify(item)
      if (texts.length > 0 && bytes + text.length > maxBytes) return pageText(texts, after)
      texts.push(text)
      bytes += text.length
      last = item
      after = item.id
    }
    if (next === null || last === undefined) return pageText(texts, null)
    if (texts.length >= page.limit) return pageText(texts, next)
    const mean = bytes / texts.length
    const fitting = Math.ceil((maxBytes - bytes) / mean)
    rows = Math.max(1, Math.min(page.limit - texts.length, fitting, MOST_MORE * rows))
  }
}

/** What comes after many small ones may be large all the same. */
const MOST_MORE = 8

function pageText(texts: readonly string[], next: TaskPage['next']): string {
  return `{"items":[${texts.join(',')}],"next":${JSON.stringify(next)}}`
}
