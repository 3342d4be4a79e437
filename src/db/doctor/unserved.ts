// Doctor: tasks that are due and that no live process would claim: nobody has a handler for the kind, or nobody the queue.
import { nearest } from '../../task/nearest.ts'
import { count, duration } from '../../task/words.ts'
import {
  byQueueAndKind,
  countPending,
  type LiveProcess,
  pendingText,
  processesText,
  readDueLanes,
  readLiveProcesses,
  serves,
  servesQueue,
  type Waiting,
} from './backlog.ts'
import type { Check, Finding } from './finding.ts'

export const UNSERVED: Check = {
  name: 'handlers',
  needsSchema: true,
  examine: async (db) => {
    const processes = await readLiveProcesses(db)
    const unserved = findUnserved(byQueueAndKind(await notPaused(db)), processes)
    const shown: (Waiting & { pending: number })[] = []
    for (const waiting of unserved.slice(0, MOST_SHOWN))
      shown.push({ ...waiting, pending: await countPending(db, waiting) })
    const kinds = new Set(processes.flatMap((process) => process.kinds))
    return {
      findings: judgeUnserved(shown, unserved.length - shown.length, processes),
      note: `${processesText(processes.length)} with ${count(kinds.size, 'kind')}`,
    }
  },
}

const MOST_SHOWN = 5
/** A process that is being replaced is away for less. */
const BRIEF_SECONDS = 30

async function notPaused(db: Parameters<typeof readDueLanes>[0]) {
  return (await readDueLanes(db)).filter(({ is_paused }) => !is_paused)
}

/** Those of `waiting` that no process would claim, in their order. */
export function findUnserved<Each extends Waiting>(
  waiting: readonly Each[],
  processes: readonly LiveProcess[],
): Each[] {
  return waiting.filter((lane) => !processes.some((process) => serves(process, lane)))
}

/** `more` others were left out of `unserved`. */
export function judgeUnserved(
  unserved: readonly (Waiting & { pending: number })[],
  more: number,
  processes: readonly LiveProcess[],
): Finding[] {
  const [first] = unserved
  if (first === undefined) return []
  if (processes.length === 0) return [nobody(first, unserved.length + more)]
  const findings = unserved.map((lane) => judgeLane(lane, processes))
  if (more === 0) return findings
  const evidence = `and ${more} more of kind and queue that nobody serves`
  return [...findings, { name: NAME, severity: severityOf(first), evidence, fix: 'taskproc stats' }]
}

const NAME = 'nobody serves it'

function nobody(first: Waiting & { pending: number }, lanes: number): Finding {
  const others = lanes > 1 ? `, and ${lanes - 1} more of kind and queue` : ''
  const evidence = `no process is running; ${whatWaits(first)}${others}`
  return { name: 'no process', severity: severityOf(first), evidence, fix: 'taskproc serve' }
}

function judgeLane(lane: Waiting & { pending: number }, processes: readonly LiveProcess[]): Finding {
  const { queue, kind } = lane
  const ofQueue = processes.filter((process) => servesQueue(process, queue))
  const ofKind = processes.filter((process) => process.kinds.includes(kind))
  const base = { name: NAME, severity: severityOf(lane) }
  if (ofKind.length > 0) {
    const queues = new Set(ofKind.flatMap((process) => process.queues ?? []))
    const evidence = `${whatWaits(lane)}: ${names(ofKind)} ${ofKind.length === 1 ? 'has' : 'have'} a handler, but not the queue${meant(queue, queues)}`
    return { ...base, evidence, fix: `taskproc serve --queue ${quoted(queue)}` }
  }
  const kinds = new Set(processes.flatMap((process) => process.kinds))
  const near = nearest(kind, kinds)
  const whose = ofQueue.length > 0 ? `of ${processesText(ofQueue.length)}` : 'of any'
  const evidence = `${whatWaits(lane)}: no handler ${whose} that serve${ofQueue.length === 1 ? 's' : ''} the queue${meant(kind, kinds)}`
  const rename = `update taskproc.tasks set kind = ${literal(near ?? '')} where claimable and queue = ${literal(queue)} and kind = ${literal(kind)};`
  const serve = `taskproc serve --exec ${quoted(`${kind}=COMMAND`)}   (or --handlers FILE)`
  return { ...base, evidence, fix: near === undefined ? serve : `${rename}\n${serve}` }
}

function severityOf({ due_seconds }: Waiting): Finding['severity'] {
  return due_seconds < BRIEF_SECONDS ? 'info' : 'warning'
}

function whatWaits({ queue, kind, due_seconds, pending }: Waiting & { pending: number }): string {
  return `${kind} in ${queue}: ${pendingText(pending)}, the first is due for ${duration(due_seconds * 1000)}`
}

function meant(name: string, names: ReadonlySet<string>): string {
  const near = nearest(name, names)
  return near === undefined ? '' : `. Did you mean ${near}?`
}

const MOST_NAMES = 3

function names(processes: readonly LiveProcess[]): string {
  const shown = processes.slice(0, MOST_NAMES).map(({ name }) => name)
  return processes.length > MOST_NAMES
    ? `${shown.join(', ')} and ${processes.length - MOST_NAMES} more`
    : shown.join(', ')
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w.:=/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
