// In which order the test files run: those that wait longest first, and those that share a process one after the other.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The project whose files share a process: it is kept only while the next file is one of them. */
export const SHARED = 'rooms'

/** They wait for real seconds and cost little: begun early, nobody waits for them at the end. */
const LONGEST = [
  'flow/cost',
  'flow/schedules',
  'cli/bench/bench',
  'flow/fence',
  'flow/lease',
  'flow/finding-work',
]

export class Order extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rank(one) - rank(other))
  }
}

function rank({ moduleId, project }: TestSpecification): number {
  if (LONGEST.some((name) => moduleId.endsWith(`/test/${name}.test.ts`))) return 0
  return project.name === SHARED ? 2 : 1
}
