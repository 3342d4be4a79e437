// The examples, all in one serve, against real parts: an SMTP server, pictures, files, and the database itself.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { beforeAll, expect, it } from 'vitest'
import type { JsonValue, TaskId } from '../../src/task/task.ts'
import { serve } from '../flow/serving.ts'
import { counts, expectSound, history, put, row } from '../flow/table.ts'
import { testDatabase } from '../support/database.ts'
import { tempDir } from '../support/end.ts'
import { startMailServer } from './mail-server.ts'
import { examplePrograms, HAS_PYTHON } from './programs.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

const { url, pool } = await testDatabase()
const folder = tempDir()
const mails = await startMailServer()
const ids: Record<string, TaskId | undefined> = {}

async function task(name: string, kind: string, payload: JsonValue, options = {}): Promise<void> {
  const [id] = await put(pool, { kind, payload, backoffMs: 1, ...options })
  ids[name] = id
}

beforeAll(async () => {
  const mail = { subject: 'Grüße', text: 'Hello ☃' }
  await task('mail', 'emails', { ...mail, to: 'ada@example.com' })
  await task('refused', 'emails', { ...mail, to: 'nobody@example.com' })
  await task('greylisted', 'emails', { ...mail, to: 'slow@example.com' })
  await task('misspelled', 'emails', { ...mail, to: 'nobody at all' })

  const noise = {
    width: 900,
    height: 600,
    channels: 3 as const,
    background: '#c33',
    noise: { type: 'gaussian' as const, mean: 128, sigma: 30 },
  }
  await sharp({ create: noise }).jpeg().toFile(join(folder, 'picture.jpg'))
  writeFileSync(join(folder, 'text.jpg'), 'this is no picture')
  const thumbnails = { folder: join(folder, 'thumbnails'), widths: [90, 300, 2_000] }
  await task('picture', 'images_processing', { ...thumbnails, file: join(folder, 'picture.jpg') })
  await task('no picture', 'images_processing', { ...thumbnails, file: join(folder, 'text.jpg') })

  writeFileSync(join(folder, 'poem.txt'), 'Die Rose ist eine Rose ist eine Rose\n')
  if (HAS_PYTHON) {
    await task('words', 'word_count', { file: join(folder, 'poem.txt') })
    await task('no words', 'word_count', { file: join(folder, 'gone.txt') }, { maxAttempts: 2 })
    await task('wrong words', 'word_count', ['gone.txt'])
  }

  mkdirSync(join(folder, 'papers'))
  writeFileSync(join(folder, 'papers/one.txt'), 'one')
  await task('archive', 'archive', join(folder, 'papers'))
  await task('no archive', 'archive', join(folder, 'nothing'))

  await task('report', 'report_generation', { folder: join(folder, 'reports') }, { priority: -1 })

  const programs = examplePrograms(EXAMPLES)
  const settings = { untilEmpty: true, fetchInterval: '100ms' }
  const env = { SMTP_URL: mails.url }
  const served = await serve(url, { handlers: join(EXAMPLES, 'handlers.ts'), programs, settings, env }).exit
  expect(served.exitCode, served.stderr).toBe(0)
})

it('sends a mail, tries again where the server is busy, and never where it refuses', async () => {
  expect(await row(pool, ids['mail'])).toMatchObject({
    status: 'done',
    result: { accepted: ['ada@example.com'], message_id: `<task-${ids['mail']}@example.com>` },
  })
  expect(await row(pool, ids['greylisted'])).toMatchObject({ status: 'done', attempts: 2 })
  expect(await row(pool, ids['refused'])).toMatchObject({
    status: 'error',
    attempts: 1,
    error: expect.stringContaining('550'),
  })
  expect(await row(pool, ids['misspelled'])).toMatchObject({
    status: 'error',
    attempts: 1,
    error: expect.stringMatching(/invalid: to: /),
  })
  expect(
    mails
      .received()
      .map(({ to }) => to)
      .sort(),
  ).toEqual(['ada@example.com', 'slow@example.com'])
  const { text } = mails.received().find(({ to }) => to === 'ada@example.com') ?? { text: '' }
  expect(text).toMatch(/Subject: =\?UTF-8\?/)
  expect(text).toContain(`Message-ID: <task-${ids['mail']}@example.com>`)
})

it('makes thumbnails, none larger than the picture, and gives up on what is no picture', async () => {
  const made = [90, 300, 900].map((width) => ({ width, height: (width * 2) / 3 }))
  expect(await row(pool, ids['picture'])).toMatchObject({ status: 'done', result: made })
  for (const [index, width] of [90, 300, 2_000].entries()) {
    const metadata = await sharp(join(folder, `thumbnails/picture-${width}.webp`)).metadata()
    expect(metadata).toMatchObject({ format: 'webp', ...made[index] })
  }
  expect(await row(pool, ids['no picture'])).toMatchObject({
    status: 'error',
    attempts: 1,
    error: expect.stringContaining('text.jpg'),
  })
})

it('counts words in Python, and the ends of the program mean what they should', async ({ skip }) => {
  if (!HAS_PYTHON) skip('there is no python3')
  const result = {
    words: 8,
    most_common: [
      ['rose', 3],
      ['ist', 2],
      ['eine', 2],
    ],
  }
  expect(await row(pool, ids['words'])).toMatchObject({ status: 'done', result })
  expect(await history(pool, ids['words'])).toMatchObject([{ message: `task ${ids['words']}, attempt 1` }])
  expect(await row(pool, ids['no words'])).toMatchObject({
    status: 'error',
    attempts: 2,
    error: expect.stringMatching(/75 .*gone\.txt/),
  })
  expect(await row(pool, ids['wrong words'])).toMatchObject({
    status: 'error',
    attempts: 1,
    error: expect.stringMatching(/65 .*TypeError/),
  })
})

it('packs a directory in a shell script', async () => {
  expect(await row(pool, ids['archive'])).toMatchObject({
    status: 'done',
    result: join(folder, 'papers.tar.gz'),
  })
  expect(readFileSync(join(folder, 'papers.tar.gz')).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]))
  expect(await row(pool, ids['no archive'])).toMatchObject({
    status: 'error',
    attempts: 1,
    error: expect.stringContaining('there is no directory'),
  })
})

it('streams a query into a CSV and a page with a chart', async () => {
  const total = Object.values(ids).length
  const csv = join(folder, `reports/report-${ids['report']}.csv`)
  const page = csv.replace('.csv', '.html')
  expect(await row(pool, ids['report'])).toMatchObject({ status: 'done', result: { csv, page, rows: total } })
  const lines = readFileSync(csv, 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(1 + total)
  expect(lines[0]).toBe('id,kind,queue,status,attempts,created_at,finished_at')
  expect(readFileSync(page, 'utf8')).toMatch(/<svg [\s\S]*>emails<[\s\S]*<rect [\s\S]*>4<[\s\S]*<\/svg>/)
})

it('leaves nothing half done', async () => {
  expect(await counts(pool)).toEqual(HAS_PYTHON ? { done: 6, error: 6 } : { done: 5, error: 4 })
  await expectSound(pool)
})
