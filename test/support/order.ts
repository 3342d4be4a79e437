// In which order the test files run: those that wait longest early, and those that share a process one after the other.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The project whose files share a process: it is kept only while the next file is one of them. */
export const SHARED = 'rooms'

/** They wait for real seconds and cost little: begun early, nobody waits for them at the end. The longest is the first. */
const LONGEST = [
  'flow/cost',
  'flow/schedules',
  'flow/fence',
  'flow/lease',
  'flow/finding-work',
  'cli/bench/bench',
]
/** Two of them wait at once, beside others that compute: as many others are begun between two. */
const AT_ONCE = 2
const OTHERS_BETWEEN = 5

export class Order extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other))
    const others = sorted.filter((file) => place(file) < 0)
    const longest = sorted
      .filter((file) => place(file) >= 0)
      .toSorted((one, other) => place(one) - place(other))
    const later = longest.splice(AT_ONCE)
    for (const [index, file] of later.entries()) others.splice((index + 1) * OTHERS_BETWEEN + index, 0, file)
    return [...longest, ...others]
  }
}

function place({ moduleId }: TestSpecification): number {
  return LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
}

function rank({ project }: TestSpecification): number {
  return project.name === SHARED ? 1 : 0
}
