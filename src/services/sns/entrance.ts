import { parseArn } from '../../kernel/arn.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { WireRequest, WireResponse } from '../../kernel/http.ts'
import type { Tx } from '../../kernel/records.ts'
import { escapeText } from '../../protocol/xml-write.ts'
import { confirm, unsubscribeByLink } from './confirm.ts'
import { certificateAt, prefix } from './signing.ts'

/** What the links of messages lead to: the certificate, confirming a subscription and ending it. */
export async function entrance(request: WireRequest, host: Host): Promise<WireResponse> {
  if (request.method !== 'GET') return plain(405, 'Use GET.')
  if (request.path !== prefix) {
    const certificate = await certificateAt(request.path, host)
    if (certificate === undefined) return plain(404, 'There is no such certificate.')
    return { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: certificate }
  }
  const query = new URLSearchParams(request.query)
  const given = (name: string) => query.get(name) ?? ''
  const action = given('Action')
  try {
    if (action === 'ConfirmSubscription') {
      const TopicArn = given('TopicArn')
      const token = given('Token')
      const arn = await within(host, TopicArn, (tx) => confirm(tx, TopicArn, token, host.clock.nowMs()))
      return answer(action, `<SubscriptionArn>${escapeText(arn)}</SubscriptionArn>`)
    }
    if (action === 'Unsubscribe') {
      const arn = given('SubscriptionArn')
      await within(host, arn, (tx) => unsubscribeByLink(tx, arn, given('Token'), host))
      return answer(action, '')
    }
    return plain(400, 'The link is not whole.')
  } catch (error) {
    if (!isAwsError(error)) throw error
    return plain(error.status ?? 400, error.message)
  }
}

/** In the account and Region that an ARN names. */
function within<T>(host: Host, text: string, change: (tx: Tx) => Promise<T>): Promise<T> {
  const { account = '', region = '' } = parseArn(text) ?? {}
  return host.records.write({ account, region }, change)
}

function answer(action: string, result: string): WireResponse {
  const body = `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${result}</${action}Result></${action}Response>`
  return { status: 200, headers: { 'content-type': 'text/xml' }, body }
}

function plain(status: number, message: string): WireResponse {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${message}\n` }
}
