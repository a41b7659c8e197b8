import { createHash, createHmac } from 'node:crypto'

export interface Unsigned {
  readonly method?: string
  readonly path?: string
  readonly service: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The well-known key unless another is named. */
  readonly key?: AccessKey
}

export interface AccessKey {
  readonly id: string
  readonly secret: string
}

const wellKnown: AccessKey = { id: 'test', secret: 'test' }

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The bytes of a signed HTTP/1.1 request with the well-known key, made ahead so that load costs the generator little. */
export function signedRequest(
  port: number,
  { method = 'POST', path = '/', service, headers, body, key = wellKnown }: Unsigned,
): Buffer {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  const date = time.slice(0, 8)
  const all: Record<string, string> = { ...headers, host: `127.0.0.1:${port}`, 'x-amz-date': time }
  const names = Object.keys(all).sort()
  const canonical = [
    method,
    path,
    '',
    ...names.map((name) => `${name}:${all[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n')
  const scope = `${date}/us-east-1/${service}/aws4_request`
  const signingKey = hmac(hmac(hmac(hmac(`AWS4${key.secret}`, date), 'us-east-1'), service), 'aws4_request')
  const signature = hmac(signingKey, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const lines = Object.entries({ ...all, authorization, 'content-length': String(Buffer.byteLength(body)) }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** A request of a JSON service: DynamoDB, SQS. */
export function jsonRequest(
  port: number,
  service: string,
  target: string,
  version: '1.0' | '1.1',
  input: object,
): Buffer {
  return signedRequest(port, {
    service,
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
    body: JSON.stringify(input),
  })
}

/** A request of S3 without a query: a bucket, or an object of small size. */
export function s3Request(port: number, method: string, path: string, body = '', key = wellKnown): Buffer {
  return signedRequest(port, {
    method,
    path,
    service: 's3',
    headers: { 'x-amz-content-sha256': sha256(body) },
    body,
    key,
  })
}
