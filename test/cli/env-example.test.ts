// .env.example is for people, settings.ts for the program: they must say the same.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import dotenv from 'dotenv'
import { expect, it } from 'vitest'
import { SETTINGS } from '../../src/cli/settings.ts'

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8')
const withVariable = Object.values(SETTINGS).filter(({ variable }) => variable !== undefined)

it('names every variable with its default, and none that does not exist', () => {
  const defaults = withVariable.map(({ variable, default: initial = '' }) => [variable, initial])
  expect(dotenv.parse(text)).toEqual(Object.fromEntries(defaults))
})

it('explains each variable in the words of the help', () => {
  for (const { variable, about } of withVariable) expect(text).toContain(`# ${about}.\n${variable}=`)
})
