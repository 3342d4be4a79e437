// An OpenTelemetry SDK for a process under test, as users load theirs: NODE_OPTIONS='--import .../tracing.mjs'. Each span that
// ends is a JSON line in the file SPANS.
import { appendFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const exporter = {
  export(spans, done) {
    for (const span of spans) {
      const { name, kind, status, attributes, events, parentSpanContext } = span
      const { traceId, spanId } = span.spanContext()
      const line = {
        name,
        kind,
        status,
        attributes,
        events,
        traceId,
        spanId,
        parentId: parentSpanContext?.spanId,
      }
      appendFileSync(process.env.SPANS, `${JSON.stringify(line)}\n`)
    }
    done({ code: 0 })
  },
  shutdown: async () => {},
}

if (isMainThread) {
  // Collected, as in real life: a process that exits without a word to the SDK loses what it has.
  const provider = new NodeTracerProvider({
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 3_600_000 })],
  })
  provider.register()
  process.once('beforeExit', () => provider.forceFlush())
}
