import { createHash, type Hash } from 'node:crypto'
import { awsError } from '../kernel/errors.ts'
import type { Authentication, ChunkSeed } from './authenticate.ts'
import { authnError } from './errors.ts'
import { emptySha256, equalSecret, sha256Hex } from './hmac.ts'
import { sign } from './signing-key.ts'

export interface DechunkOptions {
  /** Given the trailers (lower-case names), verified, before the body ends. What they claim is for the caller to check. */
  onTrailers?(trailers: ReadonlyMap<string, string>): void
}

/**
 * The body of an authenticated request as the client meant it: chunks unwrapped, and every promise of the signature
 * kept before it ends. The bytes come as they arrive, so a wrong signature shows as a throw after some of them: what is
 * made of them must not be committed before the iteration ends.
 */
export async function* dechunk(
  source: AsyncIterable<Uint8Array> | Uint8Array,
  auth: Authentication,
  options: DechunkOptions = {},
): AsyncIterable<Uint8Array> {
  const body = source instanceof Uint8Array ? [source] : source
  if (auth.signedPayload === 'unsigned') yield* body
  else if (auth.signedPayload === 'hash') yield* hashed(body, auth)
  else yield* chunks(body, auth, options)
}

async function* hashed(
  body: AsyncIterable<Uint8Array> | Uint8Array[],
  auth: Authentication,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256')
  for await (const part of body) {
    hash.update(part)
    yield part
  }
  if (!equalSecret(hash.digest('hex'), auth.payloadHash ?? '')) throw authnError(auth.style, 'badPayloadHash')
}

/** A chunk's header and a trailer line are short; more is an attack or another protocol. */
const maxLineBytes = 1_024
const maxTrailerBytes = 8_192

async function* chunks(
  body: AsyncIterable<Uint8Array> | Uint8Array[],
  auth: Authentication,
  options: DechunkOptions,
): AsyncIterable<Uint8Array> {
  const reader = new LineReader(body)
  const verifier = auth.seed ? new ChunkVerifier(auth.seed, auth) : undefined
  let total = 0
  for (;;) {
    const { sizeBytes, signature } = parseChunkHeader(await reader.line())
    total += sizeBytes
    // Told before reading on: a client that lies about the length gets no further.
    if (auth.decodedLength !== undefined && total > auth.decodedLength) throw wrongLength()
    verifier?.begin(signature)
    for (let left = sizeBytes; left > 0; ) {
      const part = await reader.bytes(left)
      left -= part.length
      verifier?.update(part)
      yield part
    }
    verifier?.end()
    if (sizeBytes === 0) break
    if ((await reader.line()) !== '') throw malformed('A chunk is longer than its header says.')
  }
  if (auth.decodedLength !== undefined && total !== auth.decodedLength) throw wrongLength()
  if (auth.signedPayload === 'chunked-signed') {
    // Some clients leave out the last empty line.
    if (!(await reader.atEnd()) && (await reader.line()) !== '') throw malformed('Data follows the last chunk.')
  } else {
    const trailers = await readTrailers(reader, auth, verifier)
    options.onTrailers?.(trailers)
  }
  if (!(await reader.atEnd())) throw malformed('Data follows the end of the body.')
}

function parseChunkHeader(line: string): { sizeBytes: number; signature: string | undefined } {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line)
  if (!match) throw malformed('A chunk must begin with its size in hexadecimal digits.')
  return { sizeBytes: Number.parseInt(match[1]!, 16), signature: match[2] }
}

async function readTrailers(
  reader: LineReader,
  auth: Authentication,
  verifier: ChunkVerifier | undefined,
): Promise<Map<string, string>> {
  const trailers = new Map<string, string>()
  let signed = ''
  let signature: string | undefined
  while (!(await reader.atEnd())) {
    const line = await reader.line()
    if (line === '') {
      // In the signed form an empty line may stand before the signature as well as after it.
      if (verifier && signature === undefined && !(await reader.atEnd())) continue
      break
    }
    const colon = line.indexOf(':')
    if (colon <= 0) throw badTrailer()
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'x-amz-trailer-signature') {
      signature = value
      continue
    }
    if (!auth.trailers.includes(name) || trailers.has(name)) throw badTrailer()
    trailers.set(name, value)
    signed += `${name}:${value}\n`
    if (signed.length > maxTrailerBytes) throw badTrailer()
  }
  if (auth.trailers.some((name) => !trailers.has(name))) throw badTrailer()
  verifier?.trailer(signed, signature)
  return trailers
}

/** Follows the chain: each chunk's signature signs the one before it. */
class ChunkVerifier {
  private previous: string
  private hash: Hash | undefined
  private claimed: string | undefined
  private readonly seed: ChunkSeed
  private readonly auth: Authentication

  constructor(seed: ChunkSeed, auth: Authentication) {
    this.seed = seed
    this.auth = auth
    this.previous = seed.signature
  }

  begin(signature: string | undefined): void {
    if (signature === undefined) throw authnError(this.auth.style, 'badSignature', 'A chunk lacks its signature.')
    this.claimed = signature
    this.hash = undefined
  }

  update(part: Uint8Array): void {
    this.hash ??= createHash('sha256')
    this.hash.update(part)
  }

  end(): void {
    this.check('AWS4-HMAC-SHA256-PAYLOAD', `${emptySha256}\n${this.hash?.digest('hex') ?? emptySha256}`, this.claimed)
  }

  trailer(lines: string, signature: string | undefined): void {
    this.check('AWS4-HMAC-SHA256-TRAILER', sha256Hex(lines), signature)
  }

  private check(algorithm: string, what: string, claimed: string | undefined): void {
    const { key, time, scope } = this.seed
    const expected = sign(key, `${algorithm}\n${time}\n${scope}\n${this.previous}\n${what}`)
    if (claimed === undefined || !equalSecret(expected, claimed)) throw authnError(this.auth.style, 'badSignature')
    this.previous = expected
  }
}

/** Takes lines and counted bytes from a stream of parts. */
class LineReader {
  private part: Uint8Array = new Uint8Array(0)
  private at = 0
  private readonly parts: AsyncIterator<Uint8Array> | Iterator<Uint8Array>

  constructor(body: AsyncIterable<Uint8Array> | Uint8Array[]) {
    this.parts = Array.isArray(body) ? body[Symbol.iterator]() : body[Symbol.asyncIterator]()
  }

  async atEnd(): Promise<boolean> {
    while (this.at >= this.part.length) {
      const next = await this.parts.next()
      if (next.done) return true
      this.part = next.value
      this.at = 0
    }
    return false
  }

  /** Up to the next CRLF, which is taken and left out. */
  async line(): Promise<string> {
    let text = ''
    for (;;) {
      if (await this.atEnd()) throw malformed('The body ended before its last chunk.')
      const end = this.part.indexOf(0x0a, this.at)
      const upTo = end < 0 ? this.part.length : end
      if (text.length + upTo - this.at > maxLineBytes) throw malformed('A chunk header is too long.')
      text += Buffer.from(this.part.buffer, this.part.byteOffset + this.at, upTo - this.at).toString('latin1')
      this.at = end < 0 ? upTo : upTo + 1
      if (end >= 0) return text.endsWith('\r') ? text.slice(0, -1) : text
    }
  }

  /** At least one and at most `max` bytes. */
  async bytes(max: number): Promise<Uint8Array> {
    if (await this.atEnd()) throw malformed('The body ended inside a chunk.')
    const part = this.part.subarray(this.at, this.at + max)
    this.at += part.length
    return part
  }
}

function malformed(message: string) {
  return awsError('IncompleteBody', message, { status: 400 })
}

function wrongLength() {
  return awsError('IncompleteBody', 'The body is not as long as x-amz-decoded-content-length says.', { status: 400 })
}

function badTrailer() {
  return awsError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    { status: 400 },
  )
}
