// The guard of process groups: kills what programs left running when this process is gone, however it went (kill -9 too).
import { execa } from 'execa'

/**
 * A shell that is told which groups live. Its stdin ends when this process does, which no kill -9 can prevent. It is in
 * a group of its own, so that Ctrl+C in a terminal does not reach it.
 */
const SCRIPT = `
live=' '
while read -r verb group; do
  case $verb in
    +) live="$live$group " ;;
    -) live="\${live%% $group *} \${live#* $group }" ;;
  esac
done
for group in $live; do kill -s KILL -- "-$group" 2>/dev/null; done
`

export class GroupGuard {
  readonly #groups = new Set<number>()
  #shell: ReturnType<typeof startShell> | undefined

  /** To be called before a program is started: what is left is the moment between its start and `add`. */
  raise(): void {
    if (this.#shell !== undefined) return
    const shell = startShell()
    this.#shell = shell
    // Without /bin/sh, or when somebody ends it: before the next program another one is started.
    void shell.then(() => {
      this.#shell = undefined
    })
    for (const group of this.#groups) this.#tell(`+ ${group}`)
  }

  /** From now on the group dies with this process. */
  add(group: number): void {
    this.#groups.add(group)
    this.#tell(`+ ${group}`)
  }

  /** The group has ended; its number may be given to others. */
  remove(group: number): void {
    this.#groups.delete(group)
    this.#tell(`- ${group}`)
  }

  #tell(line: string): void {
    this.#shell?.stdin.write(`${line}\n`)
  }
}

function startShell() {
  const shell = execa('/bin/sh', ['-c', SCRIPT], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    cwd: '/',
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
  })
  shell.stdin.on('error', () => {})
  // Neither keeps this process from ending.
  shell.unref()
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref()
  return shell
}
