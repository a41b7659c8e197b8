import { describe, expect, test } from 'vitest'
import { AwsError } from '../../src/kernel/errors.ts'
import type { WireRequest } from '../../src/kernel/http.ts'
import type { Member, Model, StructShape } from '../../src/kernel/model.ts'
import { readCbor } from '../../src/protocol/cbor-read.ts'
import { compileDecoder, mismatch } from '../../src/protocol/compile.ts'
import { TypeFault } from '../../src/protocol/faults.ts'
import { decode, detectProtocol, findOperation } from '../../src/protocol/protocol.ts'
import { walkInput } from '../../src/protocol/walk.ts'
import { readXml } from '../../src/protocol/xml-read.ts'
import fc from '../fast-check.ts'
import { structOf } from './protocol-arbitrary.ts'
import { loadClient, serviceIds } from './protocol-client.ts'

const seed = 20_240_502
const everything = { constraints: true, required: true }
const js = (member: Member) => [member.n, 'js'] as const

/** Values that are wrong somewhere: other types, nulls, strange keys, too long, too deep. */
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    '',
    'x'.repeat(5000),
    -1,
    1e300,
    Number.NaN,
    [],
    {},
    [null],
    new Date(Number.NaN),
    new Uint8Array(3),
  ),
  fc.constant(JSON.parse('{"__proto__":{"S":"x"},"constructor":1,"toString":null}')),
)

/** A copy of `value` with one place in it, chosen by `path`, replaced. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [next, ...rest] = path
  if (next === undefined || typeof value !== 'object' || value === null) return by
  if (value instanceof Date || value instanceof Uint8Array) return by
  if (Array.isArray(value)) {
    if (value.length === 0) return by
    return value.with(next % value.length, replaced(value[next % value.length], rest, by))
  }
  const keys = Object.keys(value)
  if (keys.length === 0) return by
  const key = keys[next % keys.length]!
  return { ...value, [key]: replaced((value as Record<string, unknown>)[key], rest, by) }
}

function outcome(run: () => unknown): { value: unknown } | 'refused' {
  try {
    return { value: run() }
  } catch (error) {
    if (error === mismatch || error instanceof TypeFault) return 'refused'
    throw error
  }
}

const hasProto = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Object.hasOwn(value, '__proto__') || Object.values(value).some((item) => hasProto(item)))

describe.each(serviceIds)('%s', (id) => {
  test('compiled decoders and the walk agree on right and wrong inputs', async () => {
    const { model } = await loadClient(id)
    for (const { in: index } of Object.values(model.operations)) {
      if (index === undefined) continue
      const compiled = compileDecoder(model, index, js, everything)
      const inputs = fc.tuple(
        structOf(model, index, { skip: () => false, noEmpty: false }),
        fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        junk,
      )
      fc.assert(
        fc.property(inputs, ([right, path, spoil, by]) => {
          const input = (spoil ? replaced(right, path, by) : right) as Record<string, unknown>
          const fast = outcome(() => compiled(input))
          const slow = outcome(() => {
            const { value, violations } = walkInput(
              model,
              model.shapes[index] as StructShape,
              asObject(input),
              js,
              everything,
            )
            if (violations.length > 0) throw new TypeFault('violations')
            return value
          })
          // The compiled decoder leaves these to the walk.
          if (fast === 'refused' && hasProto(input)) return
          expect(fast).toEqual(slow)
        }),
        { numRuns: 12, seed },
      )
    }
  })

  test('no request makes decoding throw anything but the error to send', async () => {
    const { model } = await loadClient(id)
    const names = Object.keys(model.operations)
    const text = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string({ maxLength: 60 }),
      fc
        .array(
          fc.tuple(
            fc.constantFrom('Action', 'Version', 'A.member.1', 'Entries.1.Id', 'Tag.x', 'a.b.c.d'),
            fc.string({ maxLength: 8 }),
          ),
          { maxLength: 6 },
        )
        .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&')),
      fc.constantFrom(
        '<a>',
        '<a/>',
        '<a><b>&x;</b></a>',
        '<!DOCTYPE a><a/>',
        `${'<a>'.repeat(500)}`,
        '[[[[',
        '{"a":',
        '\uFEFF{}',
        'null',
        '""',
      ),
    )
    const bodies = fc.oneof(
      text.map((body) => Buffer.from(body)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    )
    const request = fc.record({
      name: fc.constantFrom(...names),
      method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'),
      segments: fc.array(fc.oneof(fc.constantFrom('', '%', '%ff', 'a%2Fb', 'x'), fc.string({ maxLength: 6 })), {
        maxLength: 6,
      }),
      query: fc.oneof(
        fc.constant(''),
        fc.string({ maxLength: 20 }),
        fc.constantFrom('acl', 'list-type=2&max-keys=x', 'uploads', 'tagging', '%=%', 'partNumber=1&uploadId=y'),
      ),
      headers: fc.dictionary(
        fc.constantFrom(
          'x-amz-copy-source',
          'if-modified-since',
          'x-amz-meta-a',
          'content-type',
          'smithy-protocol',
          'x-amz-tagging',
          'content-length',
        ),
        fc.string({ maxLength: 12 }),
      ),
      body: bodies,
      own: fc.boolean(),
    })
    fc.assert(
      fc.property(request, ({ name, method, segments, query, headers, body, own }) => {
        const http = model.operations[name]!.http
        const path =
          own && http
            ? http[1].split('?')[0]!.replace(/\{[^}]+\}/g, () => segments[0] ?? 'x')
            : `/${segments.join('/')}`
        const wire = wireRequest(model, name, {
          method: own ? (http?.[0] ?? 'POST') : method,
          path,
          query,
          headers,
          body,
        })
        try {
          const operation = findOperation(model, detectProtocol(model, wire), wire)
          decode(operation, wire)
        } catch (error) {
          if (!(error instanceof AwsError)) throw error
          expect(error.message).not.toBe('')
        }
      }),
      { numRuns: 300, seed },
    )
  })
})

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeFault('not an object')
  return value as Record<string, unknown>
}

function wireRequest(
  model: Model,
  name: string,
  part: Pick<WireRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>,
): WireRequest {
  const target = model.protocols[0]!.startsWith('json') ? { 'x-amz-target': `${model.targetPrefix}.${name}` } : {}
  return {
    ...part,
    headers: { ...part.headers, ...target },
    rawHeaders: [],
    remoteAddress: '127.0.0.1',
    origin: 'http://127.0.0.1:4566',
  }
}

test('random bytes are refused by the readers of XML and CBOR, or read', () => {
  const refusedOrRead = (read: () => unknown) => {
    try {
      read()
    } catch (error) {
      if (!(error instanceof TypeFault)) throw error
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      refusedOrRead(() => readCbor(bytes))
      refusedOrRead(() => readXml(bytes))
    }),
    { numRuns: 3000, seed },
  )
})

test('deep nesting is refused at once in every format', async () => {
  const { model } = await loadClient('dynamodb')
  const deep = `{"TableName":"t","Item":{"a":${'{"L":['.repeat(20_000)}{"S":"x"}${']}'.repeat(20_000)}}}`
  const wire = wireRequest(model, 'PutItem', {
    method: 'POST',
    path: '/',
    query: '',
    headers: {},
    body: Buffer.from(deep),
  })
  expect(() => decode(findOperation(model, 'json1.0', wire), wire)).toThrow(
    expect.objectContaining({ code: 'SerializationException' }),
  )
  expect(() => readXml(Buffer.from('<a>'.repeat(100_000)))).toThrow(TypeFault)
  expect(() => readCbor(new Uint8Array(100_000).fill(0x81))).toThrow(TypeFault)
  const { model: iam } = await loadClient('iam')
  const query = wireRequest(iam, 'CreateUser', {
    method: 'POST',
    path: '/',
    query: '',
    headers: {},
    body: Buffer.from(`Action=CreateUser&${'a.'.repeat(50_000)}a=1`),
  })
  expect(() => findOperation(iam, 'query', query)).toThrow(expect.objectContaining({ code: 'MalformedInput' }))
})

test('a CBOR length that the body cannot hold allocates nothing', () => {
  // An array, a map and bytes that claim 2^32 - 1 items.
  for (const head of [0x9a, 0xba, 0x5a])
    expect(() => readCbor(Uint8Array.of(head, 0xff, 0xff, 0xff, 0xff))).toThrow(TypeFault)
})
