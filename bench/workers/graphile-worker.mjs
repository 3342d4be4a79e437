// One process of graphile-worker: until nothing is left (as its command line with --once), or until SIGTERM.
import { Logger, run, runOnce } from 'graphile-worker'
import { work } from '../effects.mjs'

const { url, preset, untilEmpty } = JSON.parse(process.argv[2])
const taskList = { noop: ({ n }) => work(n) }
const options = {
  preset: { worker: { connectionString: url, logger: new Logger(() => () => {}), ...preset } },
  taskList,
  noHandleSignals: true,
}

if (untilEmpty) {
  await runOnce(options)
} else {
  const runner = await run(options)
  process.once('SIGTERM', () => runner.stop())
  await runner.promise
}
process.exit(0)
