import type { Host } from '../../kernel/host.ts'
import { prefix } from './signing.ts'

const purpose = 'sns-unsubscribe'

/** The links of messages: they are opened in browsers, so that they need no signature. */
export function confirmLink({ endpoint }: Pick<Host, 'endpoint'>, TopicArn: string, Token: string): string {
  return link(endpoint, { Action: 'ConfirmSubscription', TopicArn, Token })
}

/** Unlike the real service's, it works only for those who got it: the ARN alone ends nothing. */
export function unsubscribeLink({ endpoint, sealing }: Pick<Host, 'endpoint' | 'sealing'>, arn: string): string {
  const sealed = sealing.seal(purpose, Buffer.from('unsubscribe'), arn)
  const Token = Buffer.from(sealed).toString('base64url')
  return link(endpoint, { Action: 'Unsubscribe', SubscriptionArn: arn, Token })
}

export function isUnsubscribeToken({ sealing }: Pick<Host, 'sealing'>, arn: string, token: string): boolean {
  return sealing.unseal(purpose, Buffer.from(token, 'base64url'), arn) !== undefined
}

function link(endpoint: string, parameters: Readonly<Record<string, string>>): string {
  return `${endpoint}${prefix}?${new URLSearchParams(parameters).toString()}`
}
