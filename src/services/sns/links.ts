import type { Host } from '../../kernel/host.ts'
import { prefix } from './signing.ts'

const purpose = 'sns-unsubscribe'

/** The links of messages: they are opened in browsers, so that they need no signature. */
export function confirmLink({ publicUrl }: Pick<Host, 'publicUrl'>, TopicArn: string, Token: string): string {
  return link(publicUrl, { Action: 'ConfirmSubscription', TopicArn, Token })
}

/** Unlike the real service's, it works only for those who got it: the ARN alone ends nothing. */
export function unsubscribeLink({ publicUrl, sealing }: Pick<Host, 'publicUrl' | 'sealing'>, arn: string): string {
  const sealed = sealing.seal(purpose, Buffer.from('unsubscribe'), arn)
  const Token = Buffer.from(sealed).toString('base64url')
  return link(publicUrl, { Action: 'Unsubscribe', SubscriptionArn: arn, Token })
}

export function isUnsubscribeToken({ sealing }: Pick<Host, 'sealing'>, arn: string, token: string): boolean {
  return sealing.unseal(purpose, Buffer.from(token, 'base64url'), arn) !== undefined
}

function link(base: string, parameters: Readonly<Record<string, string>>): string {
  return `${base}${prefix}?${new URLSearchParams(parameters).toString()}`
}
