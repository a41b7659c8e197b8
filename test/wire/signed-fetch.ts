import { createHash, createHmac } from 'node:crypto'
import type { KeyPair } from '../harness.ts'

const sha256 = (data: string) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** A request signed as https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html says, by hand. */
export function signed(
  address: string,
  { accessKeyId, secretAccessKey }: KeyPair,
  { method = 'GET', body = '' }: { method?: string; body?: string } = {},
  service = 'lambda',
): Promise<Response> {
  const url = new URL(address)
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/us-east-1/${service}/aws4_request`
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const path = url.pathname.split('/').map(encode).join('/')
  const canonical = [method, path, query, `host:${url.host}\nx-amz-date:${time}\n`, 'host;x-amz-date', sha256(body)]
  const key = ['us-east-1', service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, time.slice(0, 8)))
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical.join('\n'))}`).toString('hex')
  const credential = `Credential=${accessKeyId}/${scope}`
  return fetch(url, {
    method,
    headers: {
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
    ...(body !== '' && { body }),
  })
}
