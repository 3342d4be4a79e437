// From what users define to the kinds that a process runs: every field is checked, and all problems are named at once.
import { EXIT, ExpectedError } from '../errors.ts'
import { nameProblem } from '../task/new-task.ts'
import type { Registration, Registry } from './handler.ts'
import { CHECKS, isRecord, type Refuse, shown } from './options.ts'

const SHAPE =
  'Handlers look like { emails: async (payload, context) => {}, reports: { handler, timeout, limit } }.'

/** The kinds of `definitions`. Throws one ExpectedError with a line for each thing that is wrong. */
export function toRegistry(definitions: unknown): Registry {
  if (!isRecord(definitions))
    throw refusal([`handlers are an object with a handler for each kind, got ${shown(definitions)}`])
  const problems: string[] = []
  const registry = new Map<string, Registration>()
  for (const [kind, definition] of Object.entries(definitions)) {
    const refuse: Refuse = (problem) =>
      void problems.push(`the handler of ${JSON.stringify(kind)}: ${problem}`)
    const wrong = nameProblem(kind)
    if (wrong !== undefined) refuse(`its kind ${wrong}`)
    registry.set(kind, readDefinition(definition, refuse))
  }
  if (problems.length > 0) throw refusal(problems)
  return registry
}

function readDefinition(definition: unknown, refuse: Refuse): Registration {
  const fields = typeof definition === 'function' ? { handler: definition } : definition
  const registration: Registration = { handler: () => {} }
  if (!isRecord(fields)) refuse(`must be a function or an object with one, got ${shown(definition)}`)
  else if (fields['handler'] === undefined) refuse(`handler is missing: ${SHAPE}`)
  for (const [field, value] of Object.entries(isRecord(fields) ? fields : {})) {
    const check = Object.hasOwn(CHECKS, field) ? CHECKS[field] : undefined
    if (check === undefined) refuse(`${field} is no option; there are ${Object.keys(CHECKS).join(', ')}`)
    else if (value !== undefined) Object.assign(registration, check(value, refuse))
  }
  return registration
}

function refusal(problems: readonly string[]): ExpectedError {
  return new ExpectedError(problems.join('\n'), SHAPE, EXIT.usage)
}
