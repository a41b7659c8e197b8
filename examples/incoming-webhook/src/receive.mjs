import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { isSigned } from './signature.mjs'
import { begin, finish } from './webhooks-table.mjs'

const bus = new EventBridgeClient()
const secrets = new SecretsManagerClient()
let secret

/**
 * POST /webhooks: takes a webhook when it is signed, once. It is on the bus before it is answered: any other answer than 200
 * has the sender send it again.
 */
export async function handler({ headers, body = '', isBase64Encoded }) {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body
  secret ??= (await secrets.send(new GetSecretValueCommand({ SecretId: process.env.SIGNING_SECRET }))).SecretString
  if (!isSigned(headers['x-signature'], text, secret)) return { statusCode: 401 }
  const webhook = parse(text)
  if (webhook === undefined) return { statusCode: 400 }

  if (!(await begin(webhook.id))) {
    console.log('webhook was there already', webhook.id)
    return { statusCode: 200 }
  }
  const entry = { EventBusName: process.env.BUS, Source: 'payments', DetailType: webhook.type, Detail: text }
  const { FailedEntryCount, Entries } = await bus.send(new PutEventsCommand({ Entries: [entry] }))
  if (FailedEntryCount > 0) throw new Error(`The bus refused the webhook: ${Entries[0].ErrorMessage}`)
  await finish(webhook.id)
  return { statusCode: 200 }
}

/** `id` and `type` of a webhook; undefined when it has none. */
function parse(text) {
  try {
    const { id, type } = JSON.parse(text)
    return typeof id === 'string' && id !== '' && typeof type === 'string' && type !== '' ? { id, type } : undefined
  } catch {
    return undefined
  }
}
