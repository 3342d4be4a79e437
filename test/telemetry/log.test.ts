// The two forms of the log: JSON lines, and lines for a terminal.
import { expect, it } from 'vitest'
import { createLog } from '../../src/telemetry/log.ts'

async function lines(options: { isReadable: boolean; hasColour: boolean }): Promise<string[]> {
  const written: string[] = []
  const log = await createLog({ stream: { write: (text) => written.push(text) }, level: 'info', ...options })
  log.debug('not shown')
  log.info({ event: 'e', task: 7 }, 'hello')
  log.warn('careful')
  log.error('broken')
  return written
}

it('writes one JSON line for each event, with its level by name and its time in UTC', async () => {
  const [first, ...others] = (await lines({ isReadable: false, hasColour: false })).map((line) =>
    JSON.parse(line),
  )
  expect(first).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    event: 'e',
    task: 7,
    msg: 'hello',
  })
  expect(others).toMatchObject([{ level: 'warn' }, { level: 'error' }])
})

it('writes the time and the sentence on a terminal', async () => {
  const written = await lines({ isReadable: true, hasColour: false })
  expect(written).toEqual(
    ['hello', 'careful', 'broken'].map((text) => expect.stringMatching(`^\\d\\d:\\d\\d:\\d\\d ${text}\n$`)),
  )
})

it('colours by level where colours are wanted', async () => {
  const [info, warn, error] = await lines({ isReadable: true, hasColour: true })
  expect(warn).toContain('\u001b[33mcareful')
  expect(error).toContain('\u001b[31mbroken')
  expect(info).toContain('\u001b[90m')
})
