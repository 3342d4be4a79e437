// Reads that are shared: nobody gets an answer that was begun before he asked.
import { expect, it } from 'vitest'
import { shareReads } from '../../src/http/shared-read.ts'

function reads() {
  const begun: { resolve(value: string): void; reject(thrown: Error): void }[] = []
  const read = shareReads(() => new Promise<string>((resolve, reject) => begun.push({ resolve, reject })))
  return { begun, read }
}

it('answers all who ask while one runs with the next one, and no more than one waits', async () => {
  const { begun, read } = reads()
  const first = read()
  const others = [read(), read(), read()]
  expect(begun).toHaveLength(1)
  begun[0]?.resolve('old')
  expect(await first).toBe('old')
  await Promise.resolve()
  expect(begun).toHaveLength(2)
  begun[1]?.resolve('new')
  expect(await Promise.all(others)).toEqual(['new', 'new', 'new'])
  const last = read()
  begun[2]?.resolve('newest')
  expect(await last).toBe('newest')
})

it('tells a failure to those who asked for it, and to nobody else', async () => {
  const { begun, read } = reads()
  const first = read()
  const next = read()
  begun[0]?.reject(new Error('away'))
  await expect(first).rejects.toThrow('away')
  await Promise.resolve()
  begun[1]?.resolve('back')
  expect(await next).toBe('back')
})
