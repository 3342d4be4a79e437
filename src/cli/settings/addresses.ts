// Settings that say where something is: databases, hosts and ports, proxies, and the origins of web pages.
import { isIP } from 'node:net'
import { z } from 'zod'

export const databaseUrl = z
  .string()
  .refine(isPostgresUrl, 'must be a URL such as postgres://user:password@host:5432/database')

/** Whether pg will make sense of it. Without a host (`postgres://user@/db?host=/socket/directory`) it is no URL by the book. */
function isPostgresUrl(text: string): boolean {
  const [, rest] = /^postgres(?:ql)?:\/\/(.+)$/i.exec(text) ?? []
  if (rest === undefined) return false
  try {
    const url = new URL(`postgres://${rest.replace(/^([^/?#]*@)?(?=[/?#]|$)/, '$1localhost')}`)
    for (const part of [url.username, url.password, url.pathname, url.hostname]) decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

export const origin = z
  .string()
  .refine(isOrigin, 'must be the origin of a web page, such as https://ops.example.com')

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

const proxySentence = 'must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8'
export const proxy = z.string().refine((text) => {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  const isMask = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  return version !== 0 && isMask && rest.length === 0
}, proxySentence)

/** `8080`, `0.0.0.0:8080`, `[::1]:8080`. */
export const address = z.string().transform((text, context) => {
  const [, host = DEFAULT_HOST, digits] = /^(?:(\[[0-9a-f:.]+\]|[^:[\]]+):)?(\d{1,5})$/i.exec(text) ?? []
  const port = Number(digits ?? Number.NaN)
  if (port <= LAST_PORT) return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
  context.addIssue('must be [HOST:]PORT, such as 8080 or 0.0.0.0:8080')
  return z.NEVER
})

const DEFAULT_HOST = '127.0.0.1'
export const LAST_PORT = 65_535

export const httpUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be a URL such as http://127.0.0.1:8080',
  )
