// What only taskproc is asked: the measurements of its own command `taskproc bench`, on the same server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const BINARY = fileURLToPath(new URL('../../bin/taskproc', import.meta.url))
const LIMIT_MS = 15 * 60_000

/** The document of `taskproc bench ARGS --json`. Throws with its last words where there is none. */
export async function ownBench(server, args) {
  const child = spawn(process.execPath, [BINARY, 'bench', ...args, '--json'], {
    env: { ...process.env, DATABASE_URL: server.url, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [told, said] = [child.stdout, child.stderr].map(collect)
  const timer = setTimeout(() => child.kill('SIGTERM'), LIMIT_MS)
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  try {
    const { runs, settings, faults } = JSON.parse(told())
    return { args, code, settings, faults, runs }
  } catch {
    throw new Error(`taskproc bench ${args.join(' ')}: status ${code}: ${said().slice(-300)}`)
  }
}

const STEADY_SHARE = 0.6

/**
 * So many times a drain and, at once after it, tasks that arrive at 60 % of its rate: after half an hour the machine is not as fast as
 * it was. All runs in one document.
 */
export async function steady(server, { times, tasks, seconds }) {
  const documents = []
  for (let time = 0; time < times; time += 1) {
    const drained = await ownBench(server, ['drain', '--tuned', '--tasks', String(tasks)])
    const rate = Math.max(1, Math.round(drained.runs[0].tasks_per_second * STEADY_SHARE))
    const args = ['steady', '--tuned', '--seconds', String(seconds), '--rate', String(rate)]
    documents.push(drained, await ownBench(server, args))
  }
  return { ...documents.at(-1), runs: documents.flatMap(({ runs }) => runs) }
}

function collect(stream) {
  let text = ''
  stream.setEncoding('utf8').on('data', (part) => {
    text += part
  })
  return () => text
}
