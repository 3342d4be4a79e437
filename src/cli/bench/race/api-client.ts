// Calls to the API over HTTP, patient with a fleet: what did not arrive, or could not be done now, is sent again.
import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT, ExpectedError } from '../../../errors.ts'

const ANSWER_TIMEOUT_MS = 30_000
const RETRY_MS = 100
/** Behind a balancer another process answers within moments, if any does. Who never answered is not waited for. */
const PATIENCE_MS = 15_000
const FIRST_PATIENCE_MS = 1_000

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
  /** It was sent more than once: whether the first one was carried out is not known. */
  readonly isRepeated: boolean
}

export interface ApiClient {
  readonly url: string
  /** Throws an ExpectedError where nobody answers, or where the token is refused. Other refusals are answers. */
  post(path: string, body: object): Promise<ApiAnswer>
}

/** Calls to the API at `url`, with `token` where it wants one, until `signal`. */
export function apiClient(url: string, token: string | undefined, signal: AbortSignal): ApiClient {
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  let hasAnswered = false
  return {
    url,
    post: async (path, body) => {
      const giveUpMs = performance.now() + (hasAnswered ? PATIENCE_MS : FIRST_PATIENCE_MS)
      for (let tries = 0; ; tries++) {
        signal.throwIfAborted()
        const answer = await send(url.replace(/\/+$/, '') + path, headers, body, signal)
        if (typeof answer === 'object') {
          hasAnswered = true
          if (answer.status === 401) throw refusedToken(url, token)
          return { ...answer, isRepeated: tries > 0 }
        }
        if (performance.now() > giveUpMs) throw noAnswer(url, answer)
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {})
      }
    },
  }
}

/** The answer, or why there is none that counts. */
async function send(
  url: string,
  headers: Record<string, string>,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; body: unknown } | string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    })
    const text = await response.text()
    if (response.status >= 500 || response.status === 429) return `status ${response.status}`
    return { status: response.status, body: parsed(text) }
  } catch (thrown) {
    const { cause, message } = thrown as { cause?: { code?: string; message?: string }; message: string }
    return cause?.code ?? cause?.message ?? message
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function noAnswer(url: string, reason: string): ExpectedError {
  return new ExpectedError(
    `no answer from the API at ${url}: ${reason}`,
    'Start one with: taskproc api, or name another with --url.',
    EXIT.operational,
  )
}

function refusedToken(url: string, token: string | undefined): ExpectedError {
  const what = token === undefined ? 'asks for a token' : 'refuses this token'
  return new ExpectedError(
    `the API at ${url} ${what}`,
    'Set TASKPROC_API_TOKEN to the one that it was started with.',
    EXIT.operational,
  )
}
