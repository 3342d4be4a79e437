// Tasks that are named by their ids: each is acted on, or with --dry-run would be, and answered for.
import { OPERATOR } from '../../db/act.ts'
import type { Pool } from '../../db/pool.ts'
import type { TaskId } from '../../task/task.ts'
import type { Flags } from '../config.ts'
import { print, printJson } from '../output.ts'
import { withStore } from '../store.ts'
import type { Terminal } from '../terminal.ts'

export interface Each<Answer extends { id: TaskId }> {
  readonly command: string
  act(pool: Pool, ids: readonly TaskId[], by: string, isRehearsal: boolean): Promise<Answer[]>
  /** The document of an answer. */
  item(answer: Answer): Answer
  /** What became of the task, or would have: a sentence without its subject. */
  sentence(answer: Answer, isRehearsal: boolean): string
}

/** Acts on these tasks, and prints an answer for each, in their order. Returns the answers. */
export async function actOnEach<Answer extends { id: TaskId }>(
  { command, act, item, sentence }: Each<Answer>,
  ids: readonly TaskId[],
  flags: Flags,
  terminal: Terminal,
): Promise<Answer[]> {
  const isRehearsal = flags['dryRun'] === true
  const answers = await withStore(command, flags, terminal, (pool) => act(pool, ids, OPERATOR, isRehearsal))
  const items = answers.map(item)
  if (flags['json']) printJson(terminal, { ...(isRehearsal ? { dry_run: true } : {}), items })
  else for (const each of items) print(terminal, `#${each.id} ${sentence(each, isRehearsal)}`)
  return items
}
