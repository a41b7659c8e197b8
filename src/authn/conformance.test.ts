import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anonymous } from '../kernel/principal.ts'
import { type AuthnRequest, authenticate } from './authenticate.ts'
import { parseSigningTime } from './timestamp.ts'

// The published signing cases lie beside the repository, not in it.
const folder = join(import.meta.dirname, '../../../shared/conformance/sigv4')
const present = existsSync(folder)
const cases = present ? readdirSync(folder).sort() : []

interface Context {
  credentials: { access_key_id: string; secret_access_key: string; token?: string }
  normalize: boolean
  timestamp: string
}

/** The text of a request as Node's parser would hand it over, one byte a character. */
function parse(text: string): AuthnRequest {
  const [head, ...bodyParts] = text.split('\n\n')
  const [first, ...lines] = head!.split('\n')
  const space = first!.indexOf(' ')
  const target = first!.slice(space + 1, first!.lastIndexOf(' HTTP/'))
  const question = target.indexOf('?')
  const rawHeaders: string[] = []
  for (const line of lines) {
    if (line === '') continue
    if (line.startsWith(' ')) rawHeaders[rawHeaders.length - 1] += `\n${line}`
    else rawHeaders.push(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim())
  }
  const headers: Record<string, string> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    headers[name] = name in headers ? `${headers[name]}, ${rawHeaders[i + 1]}` : rawHeaders[i + 1]!
  }
  return {
    method: first!.slice(0, space),
    path: question < 0 ? target : target.slice(0, question),
    query: question < 0 ? '' : target.slice(question + 1),
    headers,
    rawHeaders,
    body: Buffer.from(bodyParts.join('\n\n'), 'latin1'),
  }
}

async function run(name: string, form: 'header' | 'query') {
  const context = JSON.parse(readFileSync(join(folder, name, 'context.json'), 'utf8')) as Context
  const request = parse(readFileSync(join(folder, name, `${form}-signed-request.txt`), 'latin1'))
  const check = (changed: AuthnRequest) =>
    authenticate(changed, {
      findKey: (id, token) =>
        id === context.credentials.access_key_id && token === context.credentials.token
          ? { secretAccessKey: context.credentials.secret_access_key, principal: { ...anonymous, name: 'example' } }
          : undefined,
      wallNowMs: () => Date.parse(context.timestamp) + 1000,
      style: 'query',
      pathEncoding: context.normalize ? 'twice' : 'once',
    })
  return { request, check }
}

describe('the published SigV4 cases', () => {
  // They lie beside the project, not in it; where tests have to run they have to be there.
  test.skipIf(!present && !process.env.CI)('are all there', () => {
    expect(cases).toHaveLength(38)
  })

  for (const name of cases) {
    for (const form of ['header', 'query'] as const) {
      test(`${name}: the ${form} form is accepted, and refused once the method changes`, async () => {
        const { request, check } = await run(name, form)
        const authentication = await check(request)
        expect(authentication).toMatchObject({ accessKeyId: 'AKIDEXAMPLE', region: 'us-east-1', service: 'service' })
        expect(authentication.principal.name).toBe('example')
        await expect(check({ ...request, method: 'DELETE' })).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
      })
    }
  }

  test('signing times that are no times are not accepted', () => {
    expect(parseSigningTime('20150830T126000Z')).toBeUndefined()
    expect(parseSigningTime('20150830T123600Z')).toBe(Date.parse('2015-08-30T12:36:00Z'))
  })
})
