// The room for a suspect, when what asks for it comes late.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Clearing } from '../../src/engine/clearing.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('is not given up beside the suspect that runs, when a look that began before it was claimed says that it is due', async () => {
  let held = 0
  const claimSuspect = async () => {
    held += 1
    return true
  }
  const clearing = new Clearing({ claimSuspect, holdsNothing: () => held === 0 })
  clearing.begin()
  await clearing.step()
  clearing.begin()
  await vi.advanceTimersByTimeAsync(60_000)
  await clearing.step()
  expect([held, clearing.isOn]).toEqual([1, true])
  held = 0
  await clearing.step()
  expect([held, clearing.isOn]).toEqual([0, false])
})
