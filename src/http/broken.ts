// What is no HTTP, or takes too long to become it: it never is a request for the framework, so the answer goes to the socket.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { PROBLEM_TYPE, problemDocument, Refusal } from './problem.ts'

const KNOWN: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than 16 KiB.'],
}

/** `note` hears of every request, so that `answerBroken` writes nothing into an answer, nor a second one after it. */
export function createBrokenAnswers() {
  /** The latest of each connection. */
  const latest = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse }>()

  function isAnswered(socket: Socket): boolean {
    const known = latest.get(socket)
    if (known === undefined || !known.response.headersSent) return false
    // What comes after a whole request and its whole answer is the next one.
    return !(known.request.complete && known.response.writableFinished)
  }

  return {
    note: (request: IncomingMessage, response: ServerResponse): void => {
      latest.set(request.socket, { request, response })
    },
    answerBroken: (error: Error & { code?: string }, socket: Socket): void => {
      if (error.code === 'ECONNRESET' || socket.destroyed) return
      const [status, detail] = KNOWN[error.code ?? ''] ?? [400, 'This is not a valid HTTP request.']
      const body = JSON.stringify(problemDocument(new Refusal(status, detail)))
      const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`
      if (socket.writable && !isAnswered(socket)) socket.write(head + body)
      socket.destroy(error)
    },
  }
}
