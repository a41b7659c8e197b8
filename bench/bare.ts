/**
 * The limit to compare with: a bare node:http server that verifies the same signature, parses the same JSON and
 * answers. What a service adds to that is Landfall's. With `--answer-only` it reads the request and answers: less no
 * server can do that `node:http` is under.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const keys = new Map<string, Buffer>()
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

function signingKey(date: string, region: string, service: string): Buffer {
  const name = `${date}/${region}/${service}`
  const known = keys.get(name)
  if (known) return known
  const key = hmac(hmac(hmac(hmac('AWS4test', date), region), service), 'aws4_request')
  keys.set(name, key)
  return key
}

const answerOnly = process.argv.includes('--answer-only')

const server = createServer({ noDelay: true }, (req, res) => {
  if (answerOnly) {
    res.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': 2 })
    req.resume().on('end', () => res.end('{}'))
    return
  }
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    const { authorization = '', 'x-amz-date': time = '' } = req.headers as Record<string, string>
    const [, date = '', region = '', service = '', signed = '', signature = ''] =
      /Credential=[^/]+\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
        authorization,
      ) ?? []
    const headers = signed
      .split(';')
      .map((name) => `${name}:${req.headers[name]}\n`)
      .join('')
    const canonical = `${req.method}\n${req.url}\n\n${headers}\n${signed}\n${sha256(body)}`
    const expected = hmac(
      signingKey(date, region, service),
      `AWS4-HMAC-SHA256\n${time}\n${date}/${region}/${service}/aws4_request\n${sha256(canonical)}`,
    )
    const good = signature.length === 64 && timingSafeEqual(expected, Buffer.from(signature, 'hex'))
    const input = JSON.parse(body.toString()) as object
    const answer = JSON.stringify({ ok: good, members: Object.keys(input).length })
    res.writeHead(good ? 200 : 403, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(answer),
    })
    res.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as { port: number }).port}\n`))
