import { hash } from 'node:crypto'
import type { Transporter } from 'nodemailer'
import type { Mailer, MailServer } from '../kernel/mail.ts'

const timeoutMs = 30_000
/** Replies that are about this mail, for good: RFC 5321, 4.2.3. */
const refusals = new Set([501, 550, 551, 552, 553, 554])

/** Brings mail to an SMTP server. The library is loaded with the first mail. */
export function createMailer({ host, port, from, user, password, security }: MailServer): Mailer {
  let transport: Promise<Transporter> | undefined
  const open = async () =>
    (await import('nodemailer')).createTransport({
      ...{
        host,
        port,
        secure: security === 'tls',
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
      },
      ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
      ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
      ...{ disableFileAccess: true, disableUrlAccess: true },
    })
  return {
    async send({ id, to, fromName, subject, text }, signal) {
      transport ??= open()
      const sending = (await transport).sendMail({
        ...{ from: { name: fromName ?? '', address: from }, to: { name: '', address: to }, subject, text },
        messageId: `<${hash('sha256', id).slice(0, 32)}@${from.slice(from.lastIndexOf('@') + 1)}>`,
        headers: { 'auto-submitted': 'auto-generated' },
      })
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      try {
        await Promise.race([sending, stopped])
        return undefined
      } catch (error) {
        if (!isRefusal(error)) throw error
        return { refused: error.message }
      }
    },
  }
}

function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || !('responseCode' in error)) return false
  const about = 'command' in error ? error.command : undefined
  return refusals.has(Number(error.responseCode)) && (about === 'RCPT TO' || about === 'DATA')
}
