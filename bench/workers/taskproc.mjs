// The handlers that `taskproc serve` runs in a benchmark.
import { work } from '../effects.mjs'

export default {
  noop({ n }) {
    return work(n)
  },
}
