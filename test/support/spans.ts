// What a process under test traced: its environment with an SDK, and the spans that it ended.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { tempDir } from './end.ts'

export interface Span {
  readonly name: string
  /** 4 is a consumer. */
  readonly kind: number
  /** 0 unset, 2 error. */
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly {
    readonly name: string
    readonly attributes: Readonly<Record<string, unknown>>
  }[]
  readonly traceId: string
  readonly spanId: string
  readonly parentId?: string
}

export interface Tracing {
  readonly env: Readonly<Record<string, string>>
  spans(): Span[]
}

const SDK = pathToFileURL(join(import.meta.dirname, 'tracing.mjs')).href

/** For one process or several, whose spans come together. */
export function tracing(): Tracing {
  const file = join(tempDir(), 'spans')
  return {
    env: { NODE_OPTIONS: `--import ${SDK}`, SPANS: file },
    spans: () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Span)
    },
  }
}
