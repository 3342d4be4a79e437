// Commands as users write them: words without a shell, and no guess where a shell would do something else.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommand } from '../../src/handlers/command-line.ts'

describe('parseCommand', () => {
  it.each([
    ['./resize.py', ['./resize.py']],
    ['  convert \t -resize\n100x ', ['convert', '-resize', '100x']],
    [
      `say 'two words' "and \\"quoted\\" \\\\ ones" with\\ blanks`,
      ['say', 'two words', 'and "quoted" \\ ones', 'with blanks'],
    ],
    [`a"b"'c'd`, ['abcd']],
    [`a '' ""`, ['a', '', '']],
    [`a '$HOME' "*.png | wc" \\$5`, ['a', '$HOME', '*.png | wc', '$5']],
    ['a "C:\\new" #1 x=y b~c {1,2} [a] !', ['a', 'C:\\new', '#1', 'x=y', 'b~c', '{1,2}', '[a]', '!']],
    ['größe ☃ 😀', ['größe', '☃', '😀']],
  ])('takes %j apart', (text, [program, ...args]) => {
    expect(parseCommand(text)).toEqual({ type: 'program', program, args })
  })

  it('gives back any words that were quoted, whatever is in them', () => {
    const word = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (args) => {
        const quoted = args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`)
        expect(parseCommand(`run ${quoted.join(' ')}`)).toEqual({ type: 'program', program: 'run', args })
      }),
    )
  })

  it.each([
    ['sort | uniq', '|'],
    ['a && b', '&'],
    ['a; b', ';'],
    ['a > file', '>'],
    ['a < file', '<'],
    ['a $HOME', '$'],
    ['a (b)', '('],
    ['a `b`', '`'],
    ['a *.png', '*'],
    ['a b?', '?'],
    ['a ~/b', '~'],
  ])('refuses %j: a shell would do something with it', (text, character) => {
    const problem = `${character} means something to a shell, and none is asked`
    expect(parseCommand(text)).toEqual({ problem: expect.stringContaining(problem) })
  })

  it.each([
    ['', /no program/],
    ['  ', /no program/],
    [`''`, /no program/],
    [`say "two words`, /quote " is not closed/],
    [`it's`, /quote ' is not closed/],
    ['a \\', /ends with a backslash/],
    ['shell:', /no script/],
    ['shell:  ', /no script/],
  ])('refuses %j', (text, problem) => {
    expect(parseCommand(text)).toEqual({ problem: expect.stringMatching(problem) })
  })

  it('asks a shell where the user does', () => {
    const script = `jq -r .to | sort > "$OUT"; echo 'done'`
    expect(parseCommand(` shell: ${script} `)).toEqual({ type: 'shell', script })
  })
})
