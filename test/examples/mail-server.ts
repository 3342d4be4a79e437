// A real SMTP server on a port of its own: takes most mails, refuses some, and is busy for others at first.
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { atTestEnd } from '../support/end.ts'

export interface MailServer {
  readonly url: string
  received(): { to: string; text: string }[]
}

/** Refuses nobody@example.com for good (550), and slow@example.com once (451). */
export async function startMailServer(): Promise<MailServer> {
  const mails: { to: string; text: string }[] = []
  let isBusy = true
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, callback) {
      if (address === 'nobody@example.com') return callback(answer(550, 'no such mailbox'))
      if (address === 'slow@example.com' && isBusy) {
        isBusy = false
        return callback(answer(451, 'greylisted, come again'))
      }
      callback()
    },
    onData(stream, session, callback) {
      const to = session.envelope.rcptTo.map(({ address }) => address).join()
      text(stream).then((mail) => {
        mails.push({ to, text: mail })
        callback()
      }, callback)
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve())
  })
  atTestEnd(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${port}`, received: () => mails }
}

function answer(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
