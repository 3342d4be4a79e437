// A way to the database that a test can cut: refused connections, a silent network, an answer that gets lost.
import { connect, createServer, type Socket } from 'node:net'
import { atTestEnd } from '../support/end.ts'

export interface DatabaseProxy {
  /** The same database, through here. */
  readonly url: string
  /** Breaks all connections, and every new one, until `up`. */
  down(): void
  up(): void
  /** Nothing goes through any more, in either direction, and nobody is told: a cut network. */
  freeze(): void
  /** What was held back goes on its way. */
  thaw(): void
  /** Lets the server carry out the next statement that contains `text`, and breaks the connection before its answer. */
  loseAnswerTo(text: string): Promise<void>
}

/** The last message of an answer, ReadyForQuery, is Z, the length 5 and a status byte. */
const READY_BYTES = 6
const READY_TYPE = 'Z'.charCodeAt(0)

interface Link {
  readonly client: Socket
  readonly server: Socket
  /** Set while the answer to a statement is to be lost. */
  lost?: () => void
}

/** Listens on a free port of 127.0.0.1, and forwards to the server of `url` (a unix socket or a TCP port) until the test ends. */
export async function startProxy(url: string): Promise<DatabaseProxy> {
  const links = new Set<Link>()
  let isDown = false
  let isFrozen = false
  let wanted: { text: string; lost: () => void } | undefined

  const listener = createServer((client) => {
    if (isDown) {
      client.destroy()
      return
    }
    const server = connect(addressOf(url))
    const link: Link = { client, server }
    links.add(link)
    for (const socket of [client, server]) {
      if (isFrozen) socket.pause()
      socket.on('error', () => {})
      socket.on('close', () => end(link))
    }
    client.on('data', (chunk) => {
      if (wanted !== undefined && chunk.includes(wanted.text)) {
        link.lost = wanted.lost
        wanted = undefined
      }
      server.write(chunk)
    })
    server.on('data', (chunk) => {
      if (link.lost === undefined) client.write(chunk)
      else if (chunk.at(-READY_BYTES) === READY_TYPE) {
        link.lost()
        end(link)
      }
    })
  })

  function end(link: Link): void {
    links.delete(link)
    link.client.destroy()
    link.server.destroy()
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  atTestEnd(() => {
    for (const link of links) end(link)
    return new Promise((resolve) => listener.close(resolve))
  })
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')

  return {
    url: throughPort(url, address.port),
    down: () => {
      isDown = true
      for (const link of links) end(link)
    },
    up: () => {
      isDown = false
    },
    freeze: () => {
      isFrozen = true
      for (const { client, server } of links) for (const socket of [client, server]) socket.pause()
    },
    thaw: () => {
      isFrozen = false
      for (const { client, server } of links) for (const socket of [client, server]) socket.resume()
    },
    loseAnswerTo: (text) =>
      new Promise((resolve) => {
        wanted = { text, lost: resolve }
      }),
  }
}

interface UrlParts {
  /** Of a unix socket the directory, which begins with `/`. */
  readonly host: string
  readonly port: number
  /** As they stand in the URL, with its escapes; empty where there is none. */
  readonly user: string
  readonly password: string
  readonly name: string
}

/** Both forms: `postgresql://user:password@host:port/db` and `postgresql://user@/db?host=/dir`. */
const FORM =
  /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<host>[^:/?]*)(?::(?<port>\d+))?\/(?<name>[^?]*)(?:\?(?<query>.*))?$/

export function partsOf(url: string): UrlParts {
  const { user = '', password = '', host, port, name = '', query } = FORM.exec(url)?.groups ?? {}
  const settings = new URLSearchParams(query)
  return {
    host: settings.get('host') ?? (host || '127.0.0.1'),
    port: Number(settings.get('port') ?? port ?? 5432),
    user,
    password,
    name,
  }
}

function addressOf(url: string): { path: string } | { host: string; port: number } {
  const { host, port } = partsOf(url)
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
}

function throughPort(url: string, port: number): string {
  const { user, password, name } = partsOf(url)
  const login = password ? `${user}:${password}@` : `${user}@`
  return `postgresql://${login}127.0.0.1:${port}/${name}?sslmode=disable`
}
