// A program as a handler: what it is given, what its end means, and that nothing of it is left.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../src/handlers/command-line.ts'
import { programHandler } from '../../src/handlers/program.ts'
import { LIMITS } from '../../src/task/limits.ts'
import { stopError } from '../../src/task/stop.ts'
import type { JsonValue } from '../../src/task/task.ts'
import { tempDir } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import { contextOf } from './fixtures.ts'

interface Run {
  readonly result: Promise<unknown>
  readonly lines: readonly string[]
  readonly cwd: string
  /** Tells it to stop, as the engine does. */
  stop(graceMs: number): void
}

/** Runs a shell script as a program. */
function run(script: string, payload: JsonValue = null, cwd = tempDir()): Run {
  const command = parseCommand(`shell: ${script}`)
  if ('problem' in command) throw new Error(command.problem)
  const lines: string[] = []
  const controller = new AbortController()
  const context = {
    ...contextOf('resize'),
    signal: controller.signal,
    log: (line: string) => void lines.push(line),
  }
  const result = Promise.resolve(programHandler(command, cwd)(payload, context))
  // Looked at later.
  result.catch(() => {})
  return { result, lines, cwd, stop: (graceMs) => controller.abort(stopError('stopped: test', graceMs)) }
}

/** Waits for a pid that a script writes into a file of its directory. */
async function pidIn(cwd: string, file: string): Promise<number> {
  return eventually(`a pid in ${file}`, () => {
    const text = readFileSync(join(cwd, file), 'utf8')
    return text.endsWith('\n') && Number(text)
  })
}

async function expectGone(pid: number): Promise<void> {
  await eventually(`process ${pid} is gone`, () => {
    try {
      process.kill(pid, 0)
      // A zombie is gone, and waits for init to notice.
      return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    } catch {
      return true
    }
  })
}

describe('a program gets', () => {
  it('the payload as one line of JSON on its stdin, in the directory of the process', async () => {
    const payload = { to: ['ada', 'bob'], text: 'größe\n"☃"' }
    const { result, cwd } = run('read -r line; printf "%s" "$line"; pwd > where', payload)
    expect(await result).toEqual(payload)
    expect(readFileSync(join(cwd, 'where'), 'utf8').trim()).toBe(cwd)
  })

  it('its task in the environment, and all of the environment but the credentials of this process', async () => {
    process.env['DATABASE_URL'] = 'postgresql://secret'
    process.env['TASKPROC_API_TOKEN'] = 'secret'
    process.env['OF_THE_USER'] = 'visible'
    const { result } = run('env | grep -E "^(TASKPROC_|DATABASE_URL|OF_THE)" | sort')
    expect(await result).toBe(
      [
        'OF_THE_USER=visible',
        'TASKPROC_ATTEMPT=1',
        'TASKPROC_CLAIM_NUMBER=1',
        'TASKPROC_KIND=resize',
        'TASKPROC_MAX_ATTEMPTS=1',
        'TASKPROC_QUEUE=default',
        'TASKPROC_TASK_ID=1',
      ].join('\n'),
    )
  })
})

describe('the end of a program', () => {
  it.each([
    ['JSON', `echo '{"files": 3}'`, { files: 3 }],
    ['text', 'echo three files', 'three files'],
    ['nothing', 'true', undefined],
  ])('with status 0 is done, and stdout is the result: %s', async (_, script, expected) => {
    expect(await run(script).result).toEqual(expected)
  })

  it.each([
    ['exit 1', 'it exited with 1', false],
    ['echo one >&2; echo no such file >&2; exit 3', 'it exited with 3: no such file', false],
    ['echo busy >&2; exit 75', 'it exited with 75 (try again): busy', false],
    ['echo bad input >&2; exit 65', 'it exited with 65 (permanent): bad input', true],
    ['no-such-program-at-all', expect.stringMatching(/^it exited with 127: .*not found/), false],
    ['echo oops >&2; kill -SEGV $$', 'it was killed by SIGSEGV: oops', false],
  ])('after %j has failed', async (script, message, permanent) => {
    const thrown = await run(script).result.catch((thrown: unknown) => thrown)
    expect(thrown).toMatchObject({ message })
    expect(thrown instanceof Error && 'permanent' in thrown).toBe(permanent)
  })

  it('has failed where it cannot be started, and says why', async () => {
    const { result } = run('true', null, '/no/such/directory')
    await expect(result).rejects.toThrow(/^it cannot be started: .*ENOENT/)
  })

  it('has failed for good where stdout is no text', async () => {
    await expect(run(`printf '\\377\\376'`).result).rejects.toMatchObject({
      permanent: true,
      message: /no UTF-8/,
    })
  })

  it('is no worse for closing stdin early, whatever is left to read', async () => {
    const payload = 'x'.repeat(900_000)
    expect(await run('exec 0<&-; echo ok', payload).result).toBe('ok')
    expect(await run('head -c 10 > /dev/null; echo ok', payload).result).toBe('ok')
  })
})

describe('the words of a program', () => {
  it('are lines of the log, from stderr, also the last one without an end', async () => {
    const { result, lines } = run(`printf 'one\\ntwo\\r\\n\\nthree' >&2; echo done`)
    expect(await result).toBe('done')
    expect(lines).toEqual(['one', 'two', 'three'])
  })

  it('fill no memory, however long they are', async () => {
    const before = process.memoryUsage().rss
    const { result, lines } = run('head -c 100000000 /dev/zero | tr "\\0" x >&2; exit 1')
    await expect(result).rejects.toThrow(/exited with 1: x{1000}/)
    expect(lines).toEqual([expect.stringMatching(/^x+… \(\d{8} more characters\)$/)])
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
  })
})

describe('a program that prints more than a result may hold', () => {
  it('has failed for good, is killed, and fills no memory', async () => {
    const before = process.memoryUsage().rss
    const { result, cwd } = run(
      'echo $$ > leader; (echo $BASHPID > /dev/null; yes | head -c 1000000000); echo survived > late',
    )
    await expect(result).rejects.toMatchObject({
      permanent: true,
      message: `it printed more than ${LIMITS.resultBytes} bytes, which is the limit of a result, and was killed`,
    })
    await expectGone(await pidIn(cwd, 'leader'))
    expect(() => readFileSync(join(cwd, 'late'))).toThrow('ENOENT')
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
  })
})

describe('a program that is told to stop', () => {
  it('gets TERM, and what it still prints counts if it ends with 0', async () => {
    const { result, cwd, stop } = run(
      // No long sleep: a TERM that meets it between fork and exec is lost, and then it holds the output open.
      `trap 'echo "half done"; exit 0' TERM; echo $$ > ready; while :; do sleep 0.05; done`,
    )
    await pidIn(cwd, 'ready')
    stop(60_000)
    expect(await result).toBe('half done')
  })

  it('leaves the others of its group the time to finish, though it ends at once itself', async () => {
    const { result, cwd, stop } = run(
      `sh -c 'trap "sleep 0.3; echo > cleaned; exit" TERM; echo $$ > inner; while :; do sleep 0.05; done' & wait`,
    )
    await pidIn(cwd, 'inner')
    stop(60_000)
    await expect(result).rejects.toThrow('stopped: test')
    expect(readFileSync(join(cwd, 'cleaned'), 'utf8')).toBe('\n')
  })

  it('gets KILL when it ignores TERM, and so does what it started', async () => {
    const { result, cwd, stop } = run(
      `trap '' TERM; sh -c 'trap "" TERM; echo $$ > inner; sleep 600' & echo $$ > ready; sleep 600`,
    )
    const pids = [await pidIn(cwd, 'ready'), await pidIn(cwd, 'inner')]
    stop(250)
    await expect(result).rejects.toThrow('stopped: test')
    for (const pid of pids) await expectGone(pid)
  })

  it('gets KILL at once where there is no grace', async () => {
    const { result, cwd, stop } = run(
      // No long sleep: a TERM that meets it between fork and exec is lost, and then it holds the output open.
      `trap 'echo "half done"; exit 0' TERM; echo $$ > ready; while :; do sleep 0.05; done`,
    )
    const pid = await pidIn(cwd, 'ready')
    stop(0)
    await expect(result).rejects.toThrow('stopped: test')
    await expectGone(pid)
  })

  it('is not started when that was said before', async () => {
    const controller = new AbortController()
    controller.abort(stopError('stopped: test', 250))
    const cwd = tempDir()
    const handler = programHandler({ type: 'shell', script: 'echo > started' }, cwd)
    await expect(handler(null, { ...contextOf('resize'), signal: controller.signal })).rejects.toThrow(
      'stopped',
    )
    expect(() => readFileSync(join(cwd, 'started'))).toThrow('ENOENT')
  })
})

describe('what a program leaves running', () => {
  it('ends with it, and does not hold its result back', async () => {
    const { result, cwd } = run('sleep 600 & echo $! > left; echo done')
    expect(await result).toBe('done')
    await expectGone(await pidIn(cwd, 'left'))
  })

  it('ends with it also where it has let go of its output', async () => {
    const { result, cwd } = run('sleep 600 > /dev/null 2>&1 & echo $! > left; echo done')
    expect(await result).toBe('done')
    await expectGone(await pidIn(cwd, 'left'))
  })

  it('does not hold its result back either when it has left the group', async () => {
    const { result, cwd } = run(
      'setsid sh -c "echo \\$\\$ > left; exec sleep 600" & while ! test -s left; do sleep 0.02; done; echo done',
    )
    expect(await result).toBe('done')
    process.kill(await pidIn(cwd, 'left'), 'SIGKILL')
  })
})
