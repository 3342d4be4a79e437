// Kind `emails`: one mail to an SMTP server. What the server refuses for good is not tried again.
import { createTransport } from 'nodemailer'
import { defineHandlers, PermanentError } from 'taskproc'
import { z } from 'zod'

const transport = createTransport({
  url: process.env['SMTP_URL'] ?? 'smtp://localhost:1025',
  connectionTimeout: 10_000,
  socketTimeout: 30_000,
})
const from = process.env['MAIL_FROM'] ?? 'Tasks <tasks@example.com>'

const mail = z.object({ to: z.email(), subject: z.string().min(1), text: z.string() })

export default defineHandlers({
  emails: {
    schema: mail,
    timeout: '1m',
    // Greylisting takes minutes, an outage takes hours.
    backoff: { base: '30s', cap: '2h' },
    maxAttempts: 10,
    // What this server takes at once.
    limit: 4,
    async handler(payload, { task, log }) {
      try {
        // A run may happen twice. With the same id for both, mail programs show one message.
        const messageId = `<task-${task.id}@example.com>`
        const { accepted, response } = await transport.sendMail({ ...payload, from, messageId })
        log(response)
        return { accepted, message_id: messageId }
      } catch (error) {
        if (isRefusal(error)) throw new PermanentError(error.message, { cause: error })
        throw error
      }
    },
  },
})

/** SMTP answers with 5xx where it is of no use to come again, and with 4xx where it is. */
function isRefusal(error: unknown): error is Error & { responseCode: number } {
  return error instanceof Error && 'responseCode' in error && Number(error.responseCode) >= 500
}
