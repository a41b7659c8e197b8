import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols'
import { describe, expect, test } from 'vitest'
import type { Member, StructShape } from '../../src/kernel/model.ts'
import fc from '../fast-check.ts'
import { type Options, structOf } from './protocol-arbitrary.ts'
import { type LoadedClient, loadClient, type Seen, serviceIds } from './protocol-client.ts'

interface Case {
  readonly title: string
  readonly id: string
  /** Client settings for a protocol that is not the client's own choice. */
  readonly config?: object
  readonly noEmpty?: true
}

const cases: readonly Case[] = [
  ...serviceIds.map((id) => ({ title: id, id })),
  { title: 'sqs over query', id: 'sqs', config: { protocol: AwsQueryProtocol }, noEmpty: true },
  { title: 'cloudwatch over query', id: 'cloudwatch', config: { protocol: AwsQueryProtocol }, noEmpty: true },
  { title: 'cloudwatch over cbor', id: 'cloudwatch', config: { protocol: AwsSmithyRpcV2CborProtocol } },
]

const runs = { numRuns: 3, seed: 20_240_501, endOnFailure: true }

/** Members that a client itself changes, computes or interprets, by service. */
const touched: Readonly<Record<string, RegExp>> = {
  // Two members have the same name in a query.
  sqs: /^MessageSystemAttributeNames$/,
  // Keys for encryption are hashed into another member; the bucket may be an ARN; checksums and lengths are computed;
  // ChecksumAlgorithm makes the client add a checksum; Expires also comes as text.
  s3: /^(?:.*SSECustomer.*|Bucket|Key|Checksum.*|ContentLength|ContentMD5|Expires|ExpiresString|ContentEncoding|UploadId|CreateBucketConfiguration|RequestRoute|MFA|CopySource)$/,
}

function options({ id, noEmpty }: Case): Options {
  return {
    // A client of these sends or reads an empty list or map as an absent one.
    noEmpty: noEmpty === true || ['s3', 'iam', 'sts', 'cloudformation', 'ec2', 'sns'].includes(id),
    skip: (member: Member, shape: StructShape) =>
      (touched[id]?.test(member.n) ?? false) && !member.required && shape.k === 'struct',
  }
}

/** Names and keys whose form the client checks before it sends. */
const fixed: Readonly<Record<string, unknown>> = {
  Bucket: 'a-bucket',
  Key: 'a/key with spaces+and%signs/ünïcode',
  CopySource: 'a-bucket/source',
}

/** Operations whose requests a client does not send to this endpoint as they are. */
const elsewhere = new Set(['WriteGetObjectResponse', 'ListDirectoryBuckets', 'CreateSession'])

/** What went wrong, without fast-check's account of how it got there. */
function explain(error: Error): string {
  return (error.cause instanceof Error ? error.cause.message : error.message).slice(0, 2000)
}

async function bytes(stream: unknown): Promise<unknown> {
  if (stream instanceof Uint8Array) return new Uint8Array(stream)
  if (typeof stream !== 'object' || stream === null || !(Symbol.asyncIterator in stream)) return stream
  const parts: Uint8Array[] = []
  for await (const part of stream as AsyncIterable<Uint8Array>) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

/** Without undefined members, and streams as bytes. */
async function settle(value: Record<string, unknown>): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value)) if (item !== undefined) out[name] = await bytes(item)
  return out
}

/** What was received, without what the client added: members it computes, and nothing for nothing. */
async function received(
  id: string,
  got: Record<string, unknown>,
  given: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const entries = Object.entries(await settle(got)).filter(([name, value]) => {
    const empty = value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    return name in given || !(touched[id]?.test(name) || empty)
  })
  return Object.fromEntries(entries)
}

async function sendInput({ client, command, model }: LoadedClient, of: Case, name: string): Promise<void> {
  const { id, config } = of
  const index = model.operations[name]!.in
  if (index === undefined) return
  const shape = model.shapes[index] as StructShape
  let seen: Seen | undefined
  const sdk = client((request) => {
    seen = request
    return { response: { status: 500, headers: {}, body: '' } }
  }, config)
  await fc.assert(
    fc.asyncProperty(structOf(model, index, options(of)), async (generated) => {
      seen = undefined
      const input = { ...generated }
      for (const { n } of shape.m) if (id === 's3' && n in fixed && n in input) input[n] = fixed[n]
      // An endpoint of several regions has a signature of its own (SigV4a), which this client has no code for.
      if (name === 'PutEvents') delete input.EndpointId
      await sdk.send(command(name, input)).catch((error: Error & { $response?: { body?: unknown } }) => {
        if (!seen) throw new Error(`${name} was refused: ${error.name} ${error.message}`, { cause: error })
      })
      expect(seen!.operation.name).toBe(name)
      const tokens = shape.m.filter((member) => member.token).map((member) => member.n)
      const got = await received(id, seen!.input, input)
      for (const token of tokens) if (!(token in input)) delete got[token]
      expect(got).toEqual(await settle(input))
    }),
    runs,
  )
  sdk.destroy()
}

async function readOutput({ client, command, model }: LoadedClient, of: Case, name: string): Promise<void> {
  const { id, config } = of
  const { in: inIndex, out: outIndex, streamOut } = model.operations[name]!
  if (outIndex === undefined || streamOut === 'events') return
  const inputs = inIndex === undefined ? fc.constant({}) : structOf(model, inIndex, options(of))
  const [sample] = fc.sample(inputs, { numRuns: 1, seed: 7 }) as [Record<string, unknown>]
  for (const key of Object.keys(fixed)) if (id === 's3' && key in sample) sample[key] = fixed[key]
  if (name === 'PutEvents') delete sample.EndpointId
  let output: object = {}
  const sdk = client(() => ({ output }), { md5: false, ...config })
  await fc.assert(
    fc.asyncProperty(structOf(model, outIndex, options(of)), async (generated) => {
      output = generated
      const { $metadata, ...got } = await sdk.send(command(name, sample))
      expect($metadata).toMatchObject({ requestId: 'request-1' })
      expect(await received(id, got, generated)).toEqual(await settle(generated))
    }),
    runs,
  )
  sdk.destroy()
}

describe.each(cases)('$title', (of) => {
  test('every input that the SDK sends is decoded to what was given to the SDK', async () => {
    const loaded = await loadClient(of.id)
    const failures: string[] = []
    for (const name of Object.keys(loaded.model.operations)) {
      if (elsewhere.has(name) || loaded.model.operations[name]?.bare) continue
      await sendInput(loaded, of, name).catch((error: Error) => failures.push(`${name}: ${explain(error)}`))
    }
    expect(failures).toEqual([])
  })

  test('the SDK reads every output we write as what was given to us', async () => {
    const loaded = await loadClient(of.id)
    const failures: string[] = []
    for (const name of Object.keys(loaded.model.operations)) {
      if (elsewhere.has(name) || loaded.model.operations[name]?.bare) continue
      await readOutput(loaded, of, name).catch((error: Error) => failures.push(`${name}: ${explain(error)}`))
    }
    expect(failures).toEqual([])
  })
})
