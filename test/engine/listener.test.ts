// The listener: hears again after a lost connection, and says so, because what was notified in between was not heard.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Listener, type Listening } from '../../src/engine/listener.ts'
import { type Deferred, deferred, recorder } from './fixtures.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A listener whose connections the test opens, refuses and cuts. `hears`: what is notified comes through them. */
function build({ hears = true } = {}) {
  const events = recorder()
  const opening: Deferred<void>[] = []
  const connections: { cut: () => void; isClosed: boolean }[] = []
  const onConnected = vi.fn()
  const open = async (): Promise<Listening> => {
    const attempt = deferred()
    opening.push(attempt)
    await attempt.promise
    const ended = deferred()
    const connection = { cut: ended.resolve, isClosed: false }
    connections.push(connection)
    const close = async () => {
      connection.isClosed = true
      ended.resolve()
    }
    return { hears, ended: ended.promise, close }
  }
  const listener = new Listener({ open, onConnected, emit: events.emit })
  return { listener, events, opening, connections, onConnected }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

it('tells of each connection, the first and those after a loss', async () => {
  const { listener, events, opening, connections, onConnected } = build()
  listener.start()
  opening[0]?.resolve()
  await settle()
  expect(onConnected).toHaveBeenCalledTimes(1)
  connections[0]?.cut()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(opening).toHaveLength(2)
  expect(onConnected).toHaveBeenCalledTimes(1)
  opening[1]?.resolve()
  await settle()
  expect(onConnected).toHaveBeenCalledTimes(2)
  expect(events.named('listen.connected')).toHaveLength(2)
  await listener.stop()
})

it('tries again when it cannot connect', async () => {
  const { listener, events, opening, onConnected } = build()
  listener.start()
  for (let attempt = 0; attempt < 3; attempt++) {
    opening[attempt]?.reject(new Error('connection refused'))
    await vi.advanceTimersByTimeAsync(10_000)
  }
  expect(events.named('part.failed').map(({ part, error }) => [part, error])).toEqual(
    Array.from({ length: 3 }, () => ['listener', 'connection refused']),
  )
  opening[3]?.resolve()
  await settle()
  expect(onConnected).toHaveBeenCalledTimes(1)
  await listener.stop()
})

it('does not ask without a pause a server that lets it in and throws it out', async () => {
  const { listener, opening, connections } = build()
  listener.start()
  for (let ms = 0; ms < 2_000; ms++) {
    opening.at(-1)?.resolve()
    await settle()
    connections.at(-1)?.cut()
    await vi.advanceTimersByTimeAsync(1)
  }
  expect(opening.length).toBeGreaterThan(1)
  expect(opening.length).toBeLessThan(10)
  opening.at(-1)?.resolve()
  await settle()
  await listener.stop()
})

it('hears while its connection stands', async () => {
  const { listener, opening, connections } = build()
  listener.start()
  await settle()
  expect(listener.isHearing).toBe(false)
  opening[0]?.resolve()
  await settle()
  expect(listener.isHearing).toBe(true)
  connections[0]?.cut()
  await settle()
  expect(listener.isHearing).toBe(false)
  await listener.stop()
})

it('says that it is deaf where it is connected and nothing comes through', async () => {
  const { listener, events, opening, onConnected } = build({ hears: false })
  listener.start()
  opening[0]?.resolve()
  await settle()
  expect(listener.isHearing).toBe(false)
  expect(events.named('listen.deaf')).toHaveLength(1)
  expect(events.named('listen.connected')).toEqual([])
  expect(onConnected).toHaveBeenCalledOnce()
  await listener.stop()
})

it('closes its connection when it stops, and opens no other', async () => {
  const { listener, opening, connections } = build()
  listener.start()
  opening[0]?.resolve()
  await settle()
  await Promise.all([listener.stop(), listener.stop()])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(connections.map(({ isClosed }) => isClosed)).toEqual([true])
  expect(opening).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

it('closes a connection that opens while it stops', async () => {
  const { listener, opening, connections } = build()
  listener.start()
  await settle()
  const stopped = listener.stop()
  opening[0]?.resolve()
  await stopped
  expect(connections.map(({ isClosed }) => isClosed)).toEqual([true])
})

it('stops while it waits for the next attempt, and before it was started', async () => {
  const refused = build()
  refused.listener.start()
  refused.opening[0]?.reject(new Error('connection refused'))
  await settle()
  await refused.listener.stop()
  await build().listener.stop()
  expect(vi.getTimerCount()).toBe(0)
})
