// Traces of OpenTelemetry, where the program around this one has an SDK. The only file that knows its API.
import { createRequire } from 'node:module'
import type { Attributes, Context, Span, SpanContext, Tracer } from '@opentelemetry/api'
import type { Outcome } from '../task/outcome.ts'
import type { Claim } from '../task/task.ts'

type Api = typeof import('@opentelemetry/api')

/** Where an SDK registers itself, and how all copies of the API of version 1 find it. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1')
/** null: it cannot be loaded. */
let loaded: Api | null | undefined

/** Undefined where nothing has registered itself so far: then its 45 files are not even loaded. */
function findApi(): Api | undefined {
  if (loaded === undefined && REGISTERED in globalThis) loaded = load()
  return loaded ?? undefined
}

/** In a bundle an SDK may be there, and no API beside this code: no trace is a reason for a task not to run. */
function load(): Api | null {
  try {
    return createRequire(import.meta.url)('@opentelemetry/api') as Api
  } catch {
    return null
  }
}

/** The `traceparent` of what runs now; undefined outside of any trace. */
export function currentTraceparent(): string | undefined {
  const api = findApi()
  return api && textOf(api, api.trace.getSpanContext(api.context.active()))
}

/** The spans of the runs of one process. */
export interface RunSpans {
  /** Calls `work` inside the span of this run, a child of the span that enqueued the task. */
  within<Value>(claim: Claim, work: () => Promise<Value>): Promise<Value>
  /** What a run hands on to whom it calls: its own span, or without an SDK what the task was enqueued with. */
  traceparent(claim: Claim): string | null
  /** The run is over, although its handler may hang. */
  end(claim: Claim, outcome: Outcome): void
}

/** Without an SDK a run costs a look, and the runs of a process that gets one later have spans from then on. */
export function createRunSpans(processName: string): RunSpans {
  const spans = new WeakMap<Claim, Span>()

  async function traced<Value>(
    api: Api,
    tracer: Tracer,
    claim: Claim,
    work: () => Promise<Value>,
  ): Promise<Value> {
    // Not inside of what happened to be active when the engine was started.
    const parent = contextOf(api, claim.trace)
    const options = { kind: api.SpanKind.CONSUMER, attributes: attributesOf(claim, processName) }
    const span = tracer.startSpan(`taskproc run ${claim.kind}`, options, parent)
    spans.set(claim, span)
    try {
      return await api.context.with(api.trace.setSpan(parent, span), work)
    } catch (thrown) {
      if (span.isRecording()) span.recordException(thrown instanceof Error ? thrown : String(thrown))
      throw thrown
    }
  }

  return {
    within(claim, work) {
      const api = findApi()
      if (api === undefined) return work()
      const tracer = findTracer(api)
      return tracer === undefined ? work() : traced(api, tracer, claim, work)
    },
    traceparent(claim) {
      const api = findApi()
      return (api && textOf(api, spans.get(claim)?.spanContext())) ?? claim.trace
    },
    end(claim, outcome) {
      const span = spans.get(claim)
      const api = findApi()
      if (span === undefined || api === undefined) return
      span.setAttribute('taskproc.outcome', outcome.type)
      if (outcome.type === 'failed')
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: outcome.error })
      span.end()
    },
  }
}

/**
 * Lets an SDK send the spans that it has collected, for a second at most: the exit of the process would not wait for them.
 * The API has no word for it, the SDKs have this one.
 */
export async function flushTraces(): Promise<void> {
  const api = findApi()
  if (api === undefined) return
  const provider = api.trace.getTracerProvider()
  const sdk: unknown = provider instanceof api.ProxyTracerProvider ? provider.getDelegate() : provider
  if (!isFlushable(sdk)) return
  const late = new Promise((resolve) => setTimeout(resolve, FLUSH_TIMEOUT_MS).unref())
  await Promise.race([sdk.forceFlush(), late]).catch(() => {})
}

const FLUSH_TIMEOUT_MS = 1_000

function isFlushable(sdk: unknown): sdk is { forceFlush(): Promise<unknown> } {
  return (
    typeof sdk === 'object' && sdk !== null && 'forceFlush' in sdk && typeof sdk.forceFlush === 'function'
  )
}

/** Undefined without an SDK: what its API would do instead still costs a microsecond for each run. */
function findTracer({ trace, ProxyTracerProvider }: Api): Tracer | undefined {
  const provider = trace.getTracerProvider()
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer('taskproc')
    : provider.getTracer('taskproc')
}

/** By the conventions of OpenTelemetry for messaging. */
function attributesOf({ id, queue, kind, attempt, claimNumber }: Claim, processName: string): Attributes {
  return {
    'messaging.system': 'taskproc',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'run',
    'messaging.destination.name': queue,
    'messaging.message.id': String(id),
    'messaging.client.id': processName,
    'taskproc.kind': kind,
    'taskproc.attempt': attempt,
    'taskproc.claim_number': claimNumber,
  }
}

function textOf(api: Api, span: SpanContext | undefined): string | undefined {
  if (span === undefined || !api.isSpanContextValid(span)) return undefined
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0')
  return `00-${span.traceId}-${span.spanId}-${flags}`
}

function contextOf({ trace, isSpanContextValid, ROOT_CONTEXT }: Api, traceparent: string | null): Context {
  const [, traceId = '', spanId = '', flags = ''] = traceparent?.split('-') ?? []
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(span) ? trace.setSpanContext(ROOT_CONTEXT, span) : ROOT_CONTEXT
}
