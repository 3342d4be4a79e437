// Doctor: tasks that are due and that no live process would claim: nobody has a handler for the kind, or nobody the queue.
import { adviceOnKind, adviceOnQueue } from '../../task/why/advice.ts'
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
} from './due-lanes.ts'
import type { Check, Finding } from './finding.ts'
import { some } from './typed.ts'

export const UNSERVED: Check = {
  name: 'handlers',
  needsSchema: true,
  examine: async (db) => {
    const processes = await readLiveProcesses(db)
    const lanes = byQueueAndKind((await readDueLanes(db)).filter(({ is_paused }) => !is_paused))
    const groups = findUnserved(lanes, processes)
    for (const group of groups.slice(0, MOST_SHOWN)) group.pending = await countPending(db, group.lanes)
    const kinds = new Set(processes.flatMap((process) => process.kinds))
    return {
      findings: judgeUnserved(groups, processes),
      note: `${processesText(processes.length)} with ${count(kinds.size, 'kind')}`,
    }
  },
}

/** Lanes that lack the same thing: a kind without a handler, in any queues; or a queue that nobody serves, with any kinds. */
interface Unserved {
  readonly lacks: 'handler' | 'queue'
  readonly queues: string[]
  readonly kinds: string[]
  /** The one that waits longest. */
  readonly first: Waiting
  readonly lanes: Waiting[]
  /** In all its lanes. */
  pending: number
}

/** What of `waiting` no process would claim; `waiting` and the answer with the longest wait first. */
function findUnserved(waiting: readonly Waiting[], processes: readonly LiveProcess[]): Unserved[] {
  const groups = new Map<string, Unserved>()
  for (const lane of waiting) {
    if (processes.some((process) => serves(process, lane))) continue
    const hasHandler = processes.some(({ kinds }) => kinds.includes(lane.kind))
    const key = hasHandler ? `queue ${lane.queue}` : `kind ${lane.kind}`
    const lacks = hasHandler ? 'queue' : 'handler'
    const group = groups.get(key) ?? { lacks, queues: [], kinds: [], first: lane, lanes: [], pending: 0 }
    group.lanes.push(lane)
    if (!group.queues.includes(lane.queue)) group.queues.push(lane.queue)
    if (!group.kinds.includes(lane.kind)) group.kinds.push(lane.kind)
    groups.set(key, group)
  }
  return [...groups.values()]
}

const MOST_SHOWN = 5
/** A process that is being replaced is away for less. */
const BRIEF_SECONDS = 30
const NAME = 'nobody serves it'

function judgeUnserved(groups: readonly Unserved[], processes: readonly LiveProcess[]): Finding[] {
  const [oldest] = groups
  if (oldest === undefined) return []
  const severity = oldest.first.due_seconds < BRIEF_SECONDS ? 'info' : 'warning'
  const more = groups.length - 1
  if (processes.length === 0) {
    const others = more > 0 ? `, and so ${more === 1 ? 'does 1 more kind' : `do ${more} more kinds`}` : ''
    const evidence = `no process is running, and ${whatWaits(oldest)}${others}`
    return [{ name: 'no process', severity, evidence, fix: 'taskproc serve' }]
  }
  const findings = groups
    .slice(0, MOST_SHOWN)
    .map((group) => (group.lacks === 'queue' ? lacksQueue(group, processes) : lacksHandler(group, processes)))
  const left = groups.length - findings.length
  if (left === 0) return findings
  const evidence = `${left} more of kind or queue wait, and nobody serves them`
  return [...findings, { name: NAME, severity, evidence, fix: 'taskproc stats' }]
}

function lacksQueue(group: Unserved, processes: readonly LiveProcess[]): Finding {
  const { queue, kind } = group.first
  const able = processes.filter(({ kinds }) => kinds.includes(kind))
  const served = able.flatMap(({ queues }) => queues ?? [])
  const who = some(able.map(({ name }) => name))
  const advice = adviceOnQueue(queue, served)
  const evidence = `${whatWaits(group)}. ${who} ${able.length === 1 ? 'has' : 'have'} a handler, but ${able.length === 1 ? 'does' : 'do'} not serve the queue${didYouMean(advice.meant)}`
  return { name: NAME, severity: severityOf(group), evidence, fix: advice.serve }
}

function lacksHandler(group: Unserved, processes: readonly LiveProcess[]): Finding {
  const { kind, queue } = group.first
  const { meant, rename, serve } = adviceOnKind(
    kind,
    processes.flatMap(({ kinds }) => kinds),
  )
  const evidence = `${whatWaits(group)}. ${nobodyServes(queue, processes)}${didYouMean(meant)}`
  return {
    ...{ name: NAME, severity: severityOf(group), evidence },
    fix: rename === null ? serve : `${rename};\n${serve}`,
  }
}

function nobodyServes(queue: string, processes: readonly LiveProcess[]): string {
  const ofQueue = processes.some((process) => servesQueue(process, queue))
  const [only] = processes
  if (only !== undefined && processes.length === 1)
    return `${only.name}, the only live process, has no handler for it${ofQueue ? '' : ' and does not serve the queue'}`
  return `None of ${processesText(processes.length)} has a handler for it${ofQueue ? '' : ', and none serves the queue'}`
}

function severityOf({ first }: Unserved): Finding['severity'] {
  return first.due_seconds < BRIEF_SECONDS ? 'info' : 'warning'
}

function whatWaits({ queues, kinds, first, pending }: Unserved): string {
  const where =
    queues.length > 1 ? `${first.queue} and ${count(queues.length - 1, 'more queue')}` : first.queue
  const what = kinds.length > 1 ? `${first.kind} and ${count(kinds.length - 1, 'more kind')}` : first.kind
  return `${what} in ${where} waits: ${pendingText(pending)}, the first is due for ${duration(first.due_seconds * 1000)}`
}

function didYouMean(meant: readonly string[]): string {
  return meant.length === 0 ? '' : `. Did you mean ${meant.join(' or ')}?`
}
