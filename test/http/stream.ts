// A client of a stream of events: reads it as it comes, and can leave, or stop reading.
import { type IncomingMessage, request } from 'node:http'
import { atTestEnd } from '../support/end.ts'
import { eventually } from '../support/eventually.ts'
import type { Answer } from './api.ts'

export interface StreamEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: unknown
}

export interface EventStream {
  readonly response: IncomingMessage
  /** Everything so far. */
  text(): string
  events(): StreamEvent[]
  /** Resolves with the first event of that name for which `found` answers yes. */
  waitFor(event: string, found?: (data: never) => boolean): Promise<StreamEvent>
  readonly ended: Promise<void>
  leave(): void
}

/** Opens the stream, and leaves it when the test ends. */
export async function openStream(
  port: number,
  path = '/events',
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const outgoing = request({ host: '127.0.0.1', port, path, headers, agent: false })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
    outgoing.end()
  })
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  response.on('error', () => {})
  outgoing.on('error', () => {})
  atTestEnd(() => outgoing.destroy())
  return {
    response,
    ended,
    text: () => text,
    events: () => eventsOf(text),
    waitFor: (event, found = () => true) =>
      eventually(`an event ${event} in ${text}`, () =>
        eventsOf(text).find((each) => each.event === event && found(each.data as never)),
      ),
    leave: () => outgoing.destroy(),
  }
}

/** The beginning of a stream, as an answer. */
export async function readHead(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const stream = await openStream(port, path, headers)
  await stream.waitFor('ready')
  const { statusCode = 0, headers: got } = stream.response
  const [type = ''] = (got['content-type'] ?? '').split(';')
  return { status: statusCode, headers: got, type, text: stream.text(), body: undefined }
}

/** Only whole events count; a comment is none. */
function eventsOf(text: string): StreamEvent[] {
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 1)
  return whole.split('\n\n').flatMap((block) => {
    const fields = new Map(
      block.split('\n').map((line) => {
        const [name = '', ...rest] = line.split(': ')
        return [name, rest.join(': ')]
      }),
    )
    const event = fields.get('event')
    if (event === undefined) return []
    return [{ id: fields.get('id'), event, data: JSON.parse(fields.get('data') ?? 'null') }]
  })
}
