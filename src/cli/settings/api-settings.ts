// The settings of the HTTP API, as texts: a part of the table in settings.ts.
import type { Setting } from './setting.ts'

export const API_TABLE = {
  apiHost: {
    flag: '--host <host>',
    variable: 'API_HOST',
    default: '127.0.0.1',
    about: 'The address that `api` listens on; any but a loopback one needs TASKPROC_API_TOKEN',
  },
  apiPort: {
    flag: '--port <number>',
    variable: 'API_PORT',
    default: '8080',
    about: 'The port that `api` listens on; 0 takes a free one',
  },
  apiToken: {
    variable: 'TASKPROC_API_TOKEN',
    about:
      'What requests have to show as `Authorization: Bearer TOKEN`, 16 characters or more. Unset: loopback only',
  },
  apiAllowReset: {
    flag: '--allow-reset',
    variable: 'API_ALLOW_RESET',
    default: 'false',
    about: 'Let DELETE /tasks delete all tasks',
  },
  apiCorsOrigins: {
    flag: '--cors-origin <origin>',
    variable: 'API_CORS_ORIGINS',
    about:
      'An origin of web pages that may call, repeatable (in the variable: comma separated). None: no other',
  },
  apiTrustedProxies: {
    flag: '--trust-proxy <address>',
    variable: 'API_TRUSTED_PROXIES',
    about:
      'An address or network of a proxy whose X-Forwarded-For is believed, repeatable (in the variable: comma separated)',
  },
} as const satisfies Record<string, Setting>

/** The settings of `api` that have a flag; `serve --http` reads them from their variables. */
export const API = [
  'apiHost',
  'apiPort',
  'apiAllowReset',
  'apiCorsOrigins',
  'apiTrustedProxies',
  'crashLimit',
] as const

/** What an API is made from, wherever it listens. */
export const API_GUARD = [
  'apiToken',
  'apiAllowReset',
  'apiCorsOrigins',
  'apiTrustedProxies',
  'crashLimit',
] as const
