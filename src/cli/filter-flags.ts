// The flags that say which tasks are meant, and which page of them: the same for `list`, `retry`, `cancel` and `prune`.
// What they must look like stands in filter-values.ts: this is loaded for each `--help` and has to stay light.
import { type Command, Option } from 'commander'
import { LIMITS } from '../task/limits.ts'
import { STATUSES, type Status } from '../task/status.ts'

export const DEFAULT_PAGE_ROWS = 50

/** Adds the filters to `command`, which takes tasks of these statuses. Lists are repeatable and comma separated; flags of different names have all to hold. */
export function filterOptions(command: Command, statuses: readonly Status[] = STATUSES): Command {
  const status = new Option('--status <status>', 'only with this status, repeatable').choices(statuses)
  return command
    .addOption(status.argParser(collect))
    .option('--queue <name>', 'only of this queue, repeatable', collect)
    .option('--kind <kind>', 'only of this kind, repeatable', collect)
    .option('--process <name>', 'only what this process holds, or held at the end')
    .option('--error <text>', 'only with this in the error text, in any case of letters')
    .option('--older-than <duration>', 'only what finished (else: was created) so long ago: 30m, 12h, 7d')
}

/** Adds the flags of a page to `command`. */
export function pageOptions(command: Command): Command {
  return command
    .option('--limit <number>', `how many at most, up to ${LIMITS.pageRows} (default: ${DEFAULT_PAGE_ROWS})`)
    .option('--after <id>', 'begin behind this task: how to get the next page')
    .option('--newest', 'the newest first')
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}
