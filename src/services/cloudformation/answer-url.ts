import type { Host } from '../../kernel/host.ts'
import type { Scope } from '../../kernel/records.ts'
import type { AnswerSubject } from '../../stacks/run.ts'

/** Where what runs outside of a stack answers it. */
export const answerPrefix = '/_aws/cloudformation-response/'

/** What an answer is for: sealed in its URL. */
export interface Answered extends AnswerSubject, Scope {
  readonly stack: string
}

const purpose = 'cloudformation-response'

/** The URL for an answer: whoever has it may PUT there until its time is over. */
export function answerUrl(host: Pick<Host, 'sealing' | 'endpoint'>, subject: Answered): string {
  const sealed = host.sealing.seal(purpose, Buffer.from(JSON.stringify(subject)))
  return `${host.endpoint}${answerPrefix}${subject.token}/${Buffer.from(sealed).toString('base64url')}`
}

/** What the URL with that path was made for; undefined when it was not made here. */
export function subjectOf(host: Pick<Host, 'sealing'>, path: string): Answered | undefined {
  const [token = '', sealed = ''] = path.slice(answerPrefix.length).split('/')
  const plain = host.sealing.unseal(purpose, Buffer.from(sealed, 'base64url'))
  const subject = plain && (JSON.parse(Buffer.from(plain).toString()) as Answered)
  return subject?.token === token ? subject : undefined
}
