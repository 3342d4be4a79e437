// The rule of the floors, as a checker: a file imports from its own folder or from a floor below.
import { posix } from 'node:path'
import { parseAst } from 'vitest/node'

/** Floors by folder of src/. Folders on one floor are strangers to each other. */
const FLOORS: Readonly<Record<string, number>> = {
  task: 0,
  db: 1,
  handlers: 1,
  postgres: 1,
  telemetry: 1,
  engine: 2,
  http: 2,
  cli: 3,
  'main.ts': 4,
  // The other way in: programs that import the package.
  library: 4,
  'library.ts': 5,
}
const ANYBODY_MAY_IMPORT = 'errors.ts'
/** The drivers of the database: where they are not, there is no SQL. `postgres` asks its server whether it is up. */
const DRIVERS = ['pg', 'node-pg-migrate']
const MAY_SPEAK_SQL = ['db', 'postgres']
const MAX_LINES = 250

/** Who of engine/ may call the store and the handlers: who wires it, and what runs on a thread. The others may know types. */
const ENGINE_WIRING = /^engine\/(engine|store|kinds|[a-z-]+-thread)\.ts$/
const HANDED_TO_THE_ENGINE = ['db', 'handlers']

/** What reaches into the process: its environment, its end and its signals. */
const OF_THE_PROCESS = ['env', 'exit', 'exitCode', 'abort', 'on', 'once', 'addListener', 'prependListener']
const MAY_USE_THE_PROCESS = /^cli\//

/** All that is wrong in `files` (path below src/ -> source), as sentences that begin with the path. */
export function floorProblems(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, source]) => {
    const { imports, processUses } = read(path, source)
    const problems = imports.map((imported) => importProblem(path, imported, files))
    for (const use of MAY_USE_THE_PROCESS.test(path) ? [] : processUses) {
      problems.push(`uses ${use}, which only bin/ and cli/ may`)
    }
    if (path !== ANYBODY_MAY_IMPORT && !(room(path) in FLOORS))
      problems.push('is in no folder that has a floor')
    const lines = source.replace(/\n$/, '').split('\n').length
    if (lines > MAX_LINES) problems.push(`has ${lines} lines, more than ${MAX_LINES}`)
    if (posix.basename(path) === 'index.ts') problems.push('is a barrel; import the file that has it')
    return problems.filter((problem) => problem !== undefined).map((problem) => `${path} ${problem}`)
  })
}

function importProblem(
  from: string,
  { specifier, isType }: Import,
  files: ReadonlyMap<string, string>,
): string | undefined {
  const isDriver = DRIVERS.includes(specifier) && !isType
  if (isDriver && !MAY_SPEAK_SQL.includes(room(from))) return `imports ${specifier}, which is for db/`
  if (!specifier.startsWith('.')) return undefined
  const to = posix.join(posix.dirname(from), specifier)
  if (to.startsWith('..')) return `imports ${specifier}, which is outside of src/`
  if (!files.has(to)) return `imports ${to}, which does not exist`
  if (from === ANYBODY_MAY_IMPORT) return `imports ${to}, but is a leaf`
  if (to === ANYBODY_MAY_IMPORT) return undefined
  const [here, there] = [room(from), room(to)]
  if (here === there) return undefined
  const [floor, below] = [FLOORS[here], FLOORS[there]]
  if (floor === undefined || below === undefined) return undefined
  if (below === floor) return `imports ${to}, sideways`
  if (below > floor) return `imports ${to}, upwards`
  const mayCall = here !== 'engine' || !HANDED_TO_THE_ENGINE.includes(there) || ENGINE_WIRING.test(from)
  return !mayCall && !isType ? `imports ${to}, which engine.ts should hand to it` : undefined
}

function room(path: string): string {
  return path.split('/')[0] ?? path
}

interface Import {
  readonly specifier: string
  /** Nothing of it is left when the program runs. */
  readonly isType: boolean
}

interface Facts {
  /** Every import, export, dynamic import, type import and `new URL(file, import.meta.url)` of a source. */
  readonly imports: Import[]
  readonly processUses: string[]
}

function read(path: string, source: string): Facts {
  const facts: Facts = { imports: [], processUses: [] }
  visit(parseAst(source, { lang: 'ts' }, path), facts)
  return facts
}

type Node = Readonly<Record<string, unknown>> & { readonly type?: unknown }

function visit(node: unknown, facts: Facts): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, facts)
  } else if (isNode(node)) {
    note(node, facts)
    for (const child of Object.values(node)) visit(child, facts)
  }
}

function note(node: Node, facts: Facts): void {
  const named = text(node['source']) ?? fileOfUrl(node)
  if (named !== undefined) facts.imports.push({ specifier: named, isType: isTypeOnly(node) })
  if (named !== undefined && /^(node:)?process$/.test(named)) facts.processUses.push(`the module ${named}`)
  if (node.type === 'MemberExpression' && isNamed(node['object'], 'process')) {
    const property = node['property']
    const name = text(property) ?? (isNode(property) ? property['name'] : undefined)
    if (typeof name === 'string' && OF_THE_PROCESS.includes(name)) facts.processUses.push(`process.${name}`)
  }
  // `const { env } = process` and `const p = process` would go around the line above.
  if (node.type === 'VariableDeclarator' && isNamed(node['init'], 'process'))
    facts.processUses.push('process, renamed')
}

function isTypeOnly(node: Node): boolean {
  return node['importKind'] === 'type' || node['exportKind'] === 'type' || node.type === 'TSImportType'
}

/** The source file in `new URL('./file.ts', import.meta.url)`: how a thread names the module that it runs. */
function fileOfUrl(node: Node): string | undefined {
  if (node.type !== 'NewExpression' || !isNamed(node['callee'], 'URL') || !Array.isArray(node['arguments']))
    return undefined
  const file = text(node['arguments'][0])
  return file?.endsWith('.ts') ? file : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null
}

function isNamed(node: unknown, name: string): boolean {
  return isNode(node) && node.type === 'Identifier' && node['name'] === name
}

/** The text of a literal, also of one in back quotes without holes. */
function text(node: unknown): string | undefined {
  if (!isNode(node)) return undefined
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  const quasis = node.type === 'TemplateLiteral' ? node['quasis'] : undefined
  if (!Array.isArray(quasis) || quasis.length !== 1) return undefined
  const value: unknown = isNode(quasis[0]) ? quasis[0]['value'] : undefined
  return isNode(value) && typeof value['cooked'] === 'string' ? value['cooked'] : undefined
}
