// The last line: what is asked, what was typed, what happened, or else what the keys do.
import { type Line, span } from './line.ts'
import type { WatchState } from './state.ts'
import { cut, harmless } from './text.ts'

const ANSWERS = '  y/n'

export function footerLine(state: WatchState): Line {
  const { question, prompt, message, size, look } = state
  if (question !== null) {
    const text = cut(harmless(question.text, look), size.columns - ANSWERS.length)
    return [span(text, 'bold'), span(ANSWERS, 'bold')]
  }
  if (prompt !== null) return [span(`open task: ${prompt}_`, 'bold'), span('  enter, esc', 'dim')]
  if (message !== null) return [span(cut(harmless(message, look), size.columns), 'bold')]
  return keyLine(state)
}

/** The larger the number, the sooner a key is left out where there is no room. */
type Hint = readonly [rank: number, key: string, about: string]

function keyLine({ page, size, look }: WatchState): Line {
  const arrows = look.hasSymbols ? '↑↓' : 'up/down'
  const hints: Record<WatchState['page']['name'], readonly Hint[]> = {
    overview: [
      [3, arrows, 'choose'],
      [2, 'p', 'pause'],
      [3, 'enter', 'open'],
      [4, '/', 'task by id'],
      [1, '?', 'help'],
      [0, 'q', 'quit'],
    ],
    task: [
      [4, arrows, 'scroll'],
      [2, 'r', 'retry'],
      [2, 'c', 'cancel'],
      [1, 'esc', 'back'],
      [3, '?', 'help'],
      [0, 'q', 'quit'],
    ],
    help: [
      [1, 'esc', 'back'],
      [0, 'q', 'quit'],
    ],
  }
  let kept = hints[page.name]
  while (widthOfHints(kept) > size.columns && kept.length > 1) {
    const rank = Math.max(...kept.map(([each]) => each))
    kept = kept.filter(([each]) => each !== rank)
  }
  return kept.flatMap(([, key, about], at) => [
    span(at === 0 ? '' : GAP),
    span(key, 'bold'),
    span(` ${about}`, 'dim'),
  ])
}

const GAP = '   '

function widthOfHints(hints: readonly Hint[]): number {
  return hints.reduce((sum, [, key, about]) => sum + key.length + 1 + about.length + GAP.length, -GAP.length)
}
