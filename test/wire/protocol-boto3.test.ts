/** The same as the SDK's tests with boto3's core, which reads and writes the wire by models of its own. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { WireRequest, WireResponse } from '../../src/kernel/http.ts'
import type { Member, Model } from '../../src/kernel/model.ts'
import { operationNamed } from '../../src/protocol/operation.ts'
import { decode, detectProtocol, encode, encodeError, findOperation } from '../../src/protocol/protocol.ts'
import fc from '../fast-check.ts'
import { type Options, structOf } from './protocol-arbitrary.ts'
import { loadClient, serviceIds } from './protocol-client.ts'

interface Case {
  readonly service: string
  readonly operation: string
  readonly input: object
  readonly expected?: object
  readonly response: WireResponse
}

interface Result {
  readonly request?: { method: string; url: string; headers: Record<string, string>; body: string }
  readonly input: object
  readonly expected: object
  readonly output?: Record<string, unknown>
  readonly error?: { kind: string; code?: string; message: string; status?: number; requestId?: string }
  /** This botocore does not have the operation. */
  readonly absent?: true
}

const python = spawnSync('python3', ['-c', 'import botocore; print(botocore.__version__)'], { encoding: 'utf8' })
const available = python.status === 0

function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { $date: value.toISOString() }
  if (Array.isArray(value)) return value.map(pack)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item)]))
}

/** Runs the cases through one Python process. */
function botocore(cases: readonly Case[]): Result[] {
  const input = cases.map(({ response, ...rest }) => {
    const { status, headers, body } = response
    return {
      ...(pack(rest) as object),
      response: { status, headers, body: Buffer.from((body ?? '') as string).toString('base64') },
    }
  })
  const script = fileURLToPath(new URL('protocol_botocore.py', import.meta.url))
  const run = spawnSync('python3', ['-W', 'ignore', script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1e8,
    timeout: 120_000,
  })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout) as Result[]
}

function toWire({ method, url, headers, body }: NonNullable<Result['request']>): WireRequest {
  // Not the URL class: it would tidy the path that was sent.
  const [, path = '/', query = ''] = /^http:\/\/[^/]+([^?]*)\??(.*)$/.exec(url) ?? []
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return {
    method,
    path,
    query,
    headers: lower,
    rawHeaders: [],
    body: Buffer.from(body, 'base64'),
    remoteAddress: '127.0.0.1',
    origin: 'http://127.0.0.1:4566',
  }
}

/** What botocore computes, hashes, parses or types otherwise. */
const touched =
  /^(?:.*SSECustomer.*|Checksum.*|ContentLength|ContentMD5|Expires|ExpiresString|ContentEncoding|MFA|CopySource|PartNumberMarker|NextPartNumberMarker|TemplateBody|CreateBucketConfiguration|PolicyDocument|Document|AssumeRolePolicyDocument)$/
const options: Options = { noEmpty: true, skip: (member: Member) => touched.test(member.n) && !member.required }
const fixed: Readonly<Record<string, unknown>> = {
  Bucket: 'a-bucket',
  Key: 'a/key with spaces+and%signs/ünïcode',
  CopySource: 'a-bucket/source',
}

async function bytes(value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) return value
  const parts: Uint8Array[] = []
  for await (const part of value as AsyncIterable<Uint8Array>) parts.push(part)
  return Buffer.concat(parts)
}

/** Without what the client computed or made of nothing. */
function withoutAdditions(got: Record<string, unknown>, given: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(got).filter(([name, value]) => {
      const empty =
        value === '' ||
        (typeof value === 'object' &&
          (value === null || Object.keys(value).length === 0 || JSON.stringify(value) === '{"$bytes":""}'))
      return name in given || !(empty || touched.test(name))
    }),
  )
}

describe.skipIf(!available)('botocore (skipped where python3 has none)', () => {
  const everything = new Map<string, { model: Model; cases: Case[]; results: Result[] }>()

  beforeAll(async () => {
    for (const id of serviceIds) {
      const { model } = await loadClient(id)
      const cases: Case[] = []
      for (const [operation, table] of Object.entries(model.operations)) {
        if (
          table.bare ||
          table.streamOut === 'events' ||
          operation === 'WriteGetObjectResponse' ||
          operation === 'CreateSession' ||
          operation === 'ListDirectoryBuckets'
        )
          continue
        const sample = (index: number | undefined) =>
          index === undefined
            ? {}
            : (fc.sample(structOf(model, index, options), { numRuns: 1, seed: 11 })[0] as Record<string, unknown>)
        const input: Record<string, unknown> = { ...sample(table.in) }
        for (const key of Object.keys(fixed)) if (id === 's3' && key in input) input[key] = fixed[key]
        // Signed with SigV4a, for which botocore needs a native library.
        if (operation === 'PutEvents') delete input.EndpointId
        // Optional by now; the botocore that is asked here is older.
        if (operation === 'PutRecords')
          input.Records = (input.Records as object[]).map((entry) => ({ PartitionKey: 'a key', ...entry }))
        const expected = sample(table.out)
        const response = encode(operationNamed(model, model.protocols[0]!, operation)!, expected, {
          requestId: 'request-1',
        })
        cases.push({ service: id, operation, input, expected, response })
      }
      everything.set(id, { model, cases, results: [] })
    }
    const results = botocore([...everything.values()].flatMap(({ cases }) => cases))
    for (const entry of everything.values()) entry.results = results.splice(0, entry.cases.length)
  })

  test.each(serviceIds)('%s: what botocore sends is decoded to what it was given', async (id) => {
    const { model, cases, results } = everything.get(id)!
    const failures: string[] = []
    for (const [i, { request, input, absent, error }] of results.entries()) {
      const { operation } = cases[i]!
      if (absent) continue
      if (!request) {
        failures.push(`${operation} was not sent: ${error?.message}`)
        continue
      }
      try {
        const wire = toWire(request)
        const found = findOperation(model, detectProtocol(model, wire), wire)
        expect(found.name).toBe(operation)
        const decoded = decode(found, wire)
        const got: Record<string, unknown> = {}
        for (const [name, value] of Object.entries(decoded)) got[name] = pack(await bytes(value))
        const tokens = new Set(
          model.shapes.flatMap((shape) =>
            shape.k === 'struct' ? shape.m.filter((member) => member.token).map((member) => member.n) : [],
          ),
        )
        for (const token of tokens) if (!(token in input)) delete got[token]
        expect(withoutAdditions(got, input)).toEqual(input)
      } catch (caught) {
        failures.push(`${operation}: ${(caught as Error).message}`)
      }
    }
    expect(failures).toEqual([])
    expect(results.filter(({ request }) => request).length).toBeGreaterThanOrEqual(Math.min(5, cases.length))
  })

  test.each(serviceIds)('%s: botocore reads what we write', (id) => {
    const { cases, results } = everything.get(id)!
    const failures: string[] = []
    for (const [i, { expected, output, error, absent }] of results.entries()) {
      if (absent) continue
      try {
        expect(error).toBeUndefined()
        expect(withoutAdditions(output!, expected)).toEqual(expected)
      } catch (caught) {
        failures.push(`${cases[i]!.operation}: ${(caught as Error).message}`)
      }
    }
    expect(failures).toEqual([])
  })

  test('the faults that botocore rejects, and our answers, which it accepts', async () => {
    const load = async (id: string) => (await loadClient(id)).model
    const right = async (id: string, operation: string, output: object) => {
      const model = await load(id)
      return encode(operationNamed(model, model.protocols[0]!, operation)!, output, { requestId: 'request-1' })
    }
    const failing = async (id: string, code: string) => {
      const model = await load(id)
      const request = { method: 'POST', path: '/', query: '', headers: {} }
      return encodeError(
        model,
        model.protocols[0]!,
        undefined,
        { code, message: 'Sorry.' },
        { requestId: 'request-1', request },
      )
    }
    const without = (response: WireResponse, header: string): WireResponse => {
      const { [header]: _, ...headers } = response.headers
      return { ...response, headers }
    }
    const table = { TableName: 'ttt' }
    const described = await right('dynamodb', 'DescribeTable', { Table: table })
    const queue = { QueueUrl: 'http://127.0.0.1:4566/000000000000/q', MessageBody: 'hello' }
    const copy = { Bucket: 'bbb', Key: 'k', CopySource: 'bbb/x' }
    const missing = await failing('sqs', 'QueueDoesNotExist')
    const noFunction = await failing('lambda', 'ResourceNotFoundException')
    const got = botocore([
      {
        service: 'sqs',
        operation: 'SendMessage',
        input: queue,
        response: await right('sqs', 'SendMessage', { MessageId: '1', MD5OfMessageBody: '0'.repeat(32) }),
      },
      { service: 'dynamodb', operation: 'DescribeTable', input: table, response: described },
      {
        service: 'dynamodb',
        operation: 'DescribeTable',
        input: table,
        response: { ...described, headers: { ...described.headers, 'x-amz-crc32': '1' } },
      },
      {
        service: 's3',
        operation: 'GetObject',
        input: { Bucket: 'bbb', Key: 'k', ChecksumMode: 'ENABLED' },
        response: { status: 200, headers: { 'x-amz-checksum-crc32': 'AAAAAA==' }, body: 'hello' },
      },
      {
        service: 'iam',
        operation: 'GetUser',
        input: {},
        response: { status: 200, headers: {}, body: '<GetUserResponse><User/></GetUserResponse>' },
      },
      { service: 's3', operation: 'CopyObject', input: copy, response: { status: 200, headers: {}, body: '' } },
      {
        service: 's3',
        operation: 'CopyObject',
        input: copy,
        response: await right('s3', 'CopyObject', { CopyObjectResult: { ETag: '"e"' } }),
      },
      { service: 'sqs', operation: 'SendMessage', input: queue, response: missing },
      { service: 'sqs', operation: 'SendMessage', input: queue, response: without(missing, 'x-amzn-query-error') },
      { service: 'lambda', operation: 'GetFunction', input: { FunctionName: 'f' }, response: noFunction },
      {
        service: 'lambda',
        operation: 'GetFunction',
        input: { FunctionName: 'f' },
        response: without(noFunction, 'x-amzn-errortype'),
      },
    ])
    expect(
      got.map(({ error, output }) => (error ? [error.kind, error.code ?? ''] : Object.keys(output!).sort())),
    ).toEqual([
      ['MD5OfMessageBody', 'MessageId'],
      ['Table'],
      ['ChecksumError', ''],
      ['FlexibleChecksumError', ''],
      ['KeyError', ''],
      ['CopyObjectResult'],
      ['CopyObjectResult'],
      ['ClientError', 'AWS.SimpleQueueService.NonExistentQueue'],
      ['ClientError', 'QueueDoesNotExist'],
      ['ClientError', 'ResourceNotFoundException'],
      ['ClientError', '404'],
    ])
    expect(got[7]!.error).toMatchObject({ message: 'Sorry.', status: 400, requestId: 'request-1' })
    expect(got[9]!.error).toMatchObject({ message: 'Sorry.', status: 404, requestId: 'request-1' })
  })
})
