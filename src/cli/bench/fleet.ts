// The engines of a measurement: child processes, so that what they cost can be told from what measuring costs.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ExpectedError } from '../../errors.ts'
import type { Ledger } from './ledger.ts'
import {
  CODE,
  type EngineEnd,
  type EngineSetup,
  type FromEngine,
  RECORD_NUMBERS,
  type ToEngine,
} from './messages.ts'

export interface Fleet {
  /** All engines begin to claim. */
  go(): void
  /** All engines stop taking. */
  drain(): void
  /** Resolves when all have ended; rejects as soon as one fails. */
  readonly ends: Promise<EngineEnd[]>
  /** How long each claim took that got something, in ms. */
  readonly claimsMs: number[]
  /** How many outcomes the database refused. */
  refused(): number
  /** Kills what is still there. */
  kill(): Promise<void>
}

/** Starts an engine for each of `setups`, and resolves when all are connected and wait for `go`. */
export async function startFleet(setups: readonly EngineSetup[], ledger: Ledger): Promise<Fleet> {
  const claimsMs: number[] = []
  let refused = 0
  const hear = (records: Float64Array) => {
    for (let at = 0; at < records.length; at += RECORD_NUMBERS) {
      const [code, subject = 0, value = 0] = records.subarray(at, at + RECORD_NUMBERS)
      if (code === CODE.started) ledger.started(subject, value)
      else if (code === CODE.done) ledger.done(subject, value)
      else if (code === CODE.refused) refused += 1
      else if (code === CODE.claim) claimsMs.push(value)
    }
  }
  const engines = setups.map((setup) => startEngine(setup, hear))
  const kill = async () => {
    await Promise.all(engines.map((engine) => engine.kill()))
  }
  const ends = Promise.all(engines.map((engine) => engine.end))
  // Whoever waits for `ready` hears of it first.
  ends.catch(() => {})
  try {
    await Promise.all(engines.map((engine) => engine.ready))
  } catch (thrown) {
    await kill()
    throw thrown
  }
  const tell = (message: ToEngine) => {
    for (const engine of engines) engine.tell(message)
  }
  return {
    go: () => tell({ type: 'go' }),
    drain: () => tell({ type: 'drain' }),
    ends,
    claimsMs,
    refused: () => refused,
    kill,
  }
}

interface EngineProcess {
  readonly ready: Promise<void>
  readonly end: Promise<EngineEnd>
  tell(message: ToEngine): void
  kill(): Promise<void>
}

function startEngine(setup: EngineSetup, hear: (records: Float64Array) => void): EngineProcess {
  const child = fork(fileURLToPath(new URL('./engine-child.js', import.meta.url)), {
    serialization: 'advanced',
    // Nothing that this process was started with (an inspector, say) is for its children.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const { ready, end } = promises(child, hear)
  const tell = (message: ToEngine) => void (child.connected && child.send(message, () => {}))
  tell({ type: 'start', setup })
  return {
    ready,
    end,
    tell,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

function promises(
  child: ChildProcess,
  hear: (records: Float64Array) => void,
): { ready: Promise<void>; end: Promise<EngineEnd> } {
  let isReady = () => {}
  let failReady = (_: unknown) => {}
  const ready = new Promise<void>((resolve, reject) => {
    isReady = resolve
    failReady = reject
  })
  const end = new Promise<EngineEnd>((resolve, reject) => {
    const fail = (message: string) => {
      const error = new ExpectedError(`an engine of the benchmark failed: ${message}`, 'Try: taskproc doctor')
      failReady(error)
      reject(error)
    }
    child.once('error', ({ message }) => fail(message))
    child.once('exit', (status, signal) => fail(`it ended with ${signal ?? `exit status ${status}`}`))
    child.on('message', (message: FromEngine) => {
      if (message.type === 'records') hear(message.records)
      else if (message.type === 'ready') isReady()
      else if (message.type === 'failed') fail(message.message)
      else resolve(message.end)
    })
  })
  ready.catch(() => {})
  end.catch(() => {})
  return { ready, end }
}
