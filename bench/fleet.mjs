// Child processes that work: started together, watched from here, and read when they have ended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const STOP_LIMIT_MS = 30_000

/**
 * Starts `processes` of what `worker` says: `{ args, env }`. `tasks` is how many are numbered; with `onRun`, each run is
 * told to `onRun(n, ns)` at once. Handlers wait until every process has one. The fleet: `ran()`, `stop()`, `ended` (rejects when one failed), `effects()`, `remove()`.
 */
export function startFleet(worker, { processes = 1, tasks, onRun }) {
  const directory = mkdtempSync(join(tmpdir(), 'taskproc-bench-effects-'))
  const files = Array.from({ length: processes }, (_, index) => join(directory, String(index)))
  const ran = files.map(() => 0)
  const children = files.map((file, index) => {
    const env = {
      ...process.env,
      ...worker.env,
      BENCH_EFFECTS: file,
      BENCH_TASKS: String(tasks),
      BENCH_SAY: onRun ? '1' : '',
    }
    const child = spawn(process.execPath, worker.args, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    child.on('message', (message) => {
      if (typeof message === 'number') ran[index] = message
      else if (message === 'waiting') arrive()
      else if (Array.isArray(message)) onRun?.(message[0], BigInt(message[1]))
    })
    return child
  })
  let arrived = 0
  function arrive() {
    arrived += 1
    if (arrived === processes) for (const child of children) child.send('go', () => {})
  }
  const remove = () => rmSync(directory, { recursive: true, force: true })
  process.once('exit', remove)
  const ended = Promise.all(children.map(end))
  ended.catch(() => {})
  return {
    pids: children.map(({ pid }) => pid),
    ran: () => ran.reduce((sum, each) => sum + each, 0),
    ended,
    async stop() {
      for (const child of children) child.kill('SIGTERM')
      const timer = setTimeout(() => {
        for (const child of children) child.kill('SIGKILL')
      }, STOP_LIMIT_MS)
      await ended.catch(() => {})
      clearTimeout(timer)
    },
    effects: () => files.map(readEffects),
    remove() {
      process.off('exit', remove)
      remove()
    },
  }
}

async function end(child) {
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-2000)
  })
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${child.spawnargs.slice(1, 4).join(' ')}: ${code ?? signal}\n${said}`)
}

function readEffects(file) {
  const effects = JSON.parse(readFileSync(`${file}.json`, 'utf8'))
  return {
    ...effects,
    marks: effects.marks.map(BigInt),
    endedAt: BigInt(effects.endedAt),
    counts: readFileSync(`${file}.counts`),
  }
}
