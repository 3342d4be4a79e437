// The scripts of the floor hold the statements of taskproc, and nothing that pgbench would not fill in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimAndSettle, singleEnqueue } from '../floor-scripts.mjs'

test('no parameter of a statement is left open', async () => {
  for (const script of [await claimAndSettle(500), await singleEnqueue()]) {
    assert.doesNotMatch(script, /\$\d|undefined/)
    assert.match(script, /taskproc\.tasks/)
  }
})

test('a claim begins behind the last one of its client, and what it gave is settled', async () => {
  const script = await claimAndSettle(500)
  for (const name of [':after_run_at', ':after_id', ':process', '\\gset', '(select :ids::bigint[])']) {
    assert.ok(script.includes(name), name)
  }
})
