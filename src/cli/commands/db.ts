// taskproc db: the embedded PostgreSQL by hand.
import { EXIT, type ExitStatus, ExpectedError } from '../../errors.ts'
import { startEmbedded, statusOf, stopEmbedded } from '../../postgres/embedded.ts'
import { type Flags, readConfig } from '../config.ts'
import { interruptible } from '../interruptible.ts'
import { print, printJson } from '../output.ts'
import { startSpinner } from '../spinner.ts'
import type { Terminal } from '../terminal.ts'

export type DbVerb = 'start' | 'stop' | 'status' | 'url'

export async function runDb(verb: DbVerb, flags: Flags, terminal: Terminal): Promise<ExitStatus> {
  const { home } = readConfig(`db ${verb}`, ['home'], flags, terminal)
  await VERBS[verb](home, flags, terminal)
  return EXIT.ok
}

type Act = (home: string, flags: Flags, terminal: Terminal) => Promise<void>
const VERBS: Record<DbVerb, Act> = { start, stop, status, url }

/** It stays up until `db stop`, whoever comes and goes. */
async function start(home: string, _: Flags, terminal: Terminal): Promise<void> {
  const spinner = await startSpinner(terminal, 'starting the embedded PostgreSQL')
  const { url } = await interruptible((signal) => startEmbedded({ home, keep: true, signal })).finally(
    spinner.stop,
  )
  print(terminal, url)
}

async function stop(home: string, _: Flags, terminal: Terminal): Promise<void> {
  const spinner = await startSpinner(terminal, 'stopping the embedded PostgreSQL')
  const wasRunning = await stopEmbedded({ home }).finally(spinner.stop)
  print(terminal, wasRunning ? 'stopped' : 'was not running')
}

async function status(home: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { running, pid, url, version, home: directory, kept } = await statusOf({ home })
  if (flags['json']) {
    printJson(terminal, {
      running,
      pid: pid ?? null,
      url: url ?? null,
      version: version ?? null,
      home: directory,
      kept,
    })
    return
  }
  const lines = [
    ['state', running ? `running${kept ? ', until db stop' : ', until nobody uses it'}` : 'not running'],
    ['home', directory],
    ['pid', pid],
    ['version', version],
    ['url', url],
  ].filter(([, value]) => value !== undefined)
  print(terminal, lines.map(([name, value]) => `${String(name).padEnd(8)} ${value}`).join('\n'))
}

async function url(home: string, _: Flags, terminal: Terminal): Promise<void> {
  const status = await statusOf({ home })
  if (status.url !== undefined) return print(terminal, status.url)
  throw new ExpectedError(`the embedded PostgreSQL of ${status.home} does not run`, 'Run: taskproc db start')
}
