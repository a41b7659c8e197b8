import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobRef, BlobStore } from '../kernel/blobs.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Records } from '../kernel/records.ts'
import { StoreError } from '../kernel/store.ts'
import { type BlobFolder, openBlobFolder, writeSynced } from './blob-folder.ts'
import { type BlobId, checkedBlobId, newBlobId } from './blob-id.ts'
import { Lifetimes } from './lifetimes.ts'
import { readSegments, type Segment, segmentsAtMost, segmentsOf, writeSegments } from './segments.ts'

export interface DiskBlobsOptions {
  /** A folder of its own inside the data folder, whose lock the store holds. */
  readonly path: string
  readonly records: Records
  readonly clock: Clock
  /** How long a body outlives its release, or waits for the transaction that names it. */
  readonly graceMs?: number
  readonly monotonicMs?: () => number
  /** Called after each step that a crash may follow, for tests. */
  readonly afterStep?: (step: BlobStep) => void
}

export type BlobStep = 'intended' | 'drafted' | 'published' | 'removed'

export interface DiskBlobs extends BlobStore {
  /**
   * Deletes what was released, and what no transaction ever named, long enough before `nowMs` (the node's time).
   * Leaves alone what is being written or read. Says how many bodies it deleted; safe to run at any time and again.
   */
  sweep(nowMs: number): Promise<number>
}

/** Bodies up to this size stay inside the record that names them. */
export const inlineBytes = 16 * 1_024
const defaultGraceMs = 15 * 60_000

/** Bodies as files: immutable, synced before they have their name, named before a record names them. */
export function openDiskBlobs(options: DiskBlobsOptions): DiskBlobs {
  const { clock, graceMs = defaultGraceMs, afterStep = () => {} } = options
  const monotonicMs = options.monotonicMs ?? (() => performance.now())
  const folder = openBlobFolder(options.path)
  const lifetimes = new Lifetimes({ records: options.records, nowMs: () => clock.nowMs(), monotonicMs, graceMs })
  const work = new Set<Promise<unknown>>()
  let closed = false

  /** Keeps the store of blobs open until `promise` has settled. */
  function track<T>(promise: Promise<T>): Promise<T> {
    work.add(promise)
    promise.then(
      () => work.delete(promise),
      () => work.delete(promise),
    )
    return promise
  }

  /** Gives a new body its place: `write` makes the draft. Leaves nothing when it fails. */
  async function create(kind: 's' | 'm', write: (draft: string) => Promise<number>): Promise<BlobRef> {
    if (closed) throw new StoreError('closed', 'The store of bodies is closed.')
    const id = newBlobId(kind)
    const draft = folder.draftOf(id)
    try {
      // The intent is only needed before the body gets its name: drafts go when the folder is opened.
      const intended = lifetimes.begin(id).then(() => afterStep('intended'))
      const [written] = await Promise.allSettled([write(draft), intended])
      if (written.status === 'rejected') throw written.reason
      await intended
      afterStep('drafted')
      await folder.publish(draft, id)
      afterStep('published')
      lifetimes.written(id)
      return { id, sizeBytes: written.value }
    } catch (error) {
      // What this cannot do now, with a store that stopped or a disk that fails, opening the folder and the sweep do.
      await Promise.allSettled([
        rm(draft, { recursive: true, force: true }),
        folder.remove(id).then(() => lifetimes.failed(id)),
      ])
      throw diskError(error)
    }
  }

  async function segments(ref: BlobRef): Promise<Segment[]> {
    if (ref.inline) return [{ bytes: ref.inline }]
    const id = idOf(ref)
    const path = folder.pathOf(id)
    return id.startsWith('s') ? [{ path, sizeBytes: ref.sizeBytes }] : segmentsOf(path)
  }

  async function* read(ref: BlobRef, start: number, end: number): AsyncGenerator<Uint8Array, void> {
    const done = ref.inline ? () => {} : lifetimes.reading(idOf(ref))
    try {
      yield* readSegments(await segments(ref), start, end)
    } finally {
      done()
    }
  }

  const blobs: DiskBlobs = {
    put: (body, limits = {}) => track(putBody(body, limits, create)),

    concat: (refs) => track(concat(refs)),

    get(ref, range) {
      const { start, end } = range ?? { start: 0, end: ref.sizeBytes }
      if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end > ref.sizeBytes) {
        throw new RangeError(`Bytes ${start} to ${end} are not within a body of ${ref.sizeBytes}.`)
      }
      return read(ref, start, end)
    },

    async bytes(ref) {
      if (ref.inline) return ref.inline
      const chunks: Uint8Array[] = []
      for await (const chunk of read(ref, 0, ref.sizeBytes)) chunks.push(chunk)
      return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    },

    commit(tx, ref) {
      if (ref.id !== undefined) lifetimes.commit(tx, checkedBlobId(ref.id))
    },

    release(tx, ref) {
      if (ref.id !== undefined) lifetimes.release(tx, checkedBlobId(ref.id))
    },

    path: (ref) => track(wholeFile(ref)),

    sweep: (nowMs) =>
      track(
        lifetimes.sweep(nowMs, async (id) => {
          await folder.remove(id)
          afterStep('removed')
        }),
      ),

    async [Symbol.asyncDispose]() {
      closed = true
      await Promise.allSettled(work)
    },
  }

  async function concat(refs: readonly BlobRef[]): Promise<BlobRef> {
    const sizeBytes = refs.reduce((sum, ref) => sum + ref.sizeBytes, 0)
    if (sizeBytes <= inlineBytes) {
      return { inline: Buffer.concat(await Promise.all(refs.map((ref) => blobs.bytes(ref)))), sizeBytes }
    }
    const parts = (await Promise.all(refs.map(segments))).flat()
    if (parts.length > segmentsAtMost) return putBody(readSegments(parts, 0, sizeBytes), {}, create)
    return create('m', async (draft) => {
      await writeSegments(draft, parts)
      return sizeBytes
    })
  }

  /** A body of segments is joined into one file beside them, and an inline one written out, when first asked for. */
  async function wholeFile(ref: BlobRef): Promise<string> {
    if (ref.inline)
      return materialise(folder, folder.inlinePath(createHash('sha256').update(ref.inline).digest('hex')), ref)
    const id = idOf(ref)
    if (id.startsWith('m')) return materialise(folder, join(folder.pathOf(id), 'whole'), ref)
    if (!existsSync(folder.pathOf(id))) throw new StoreError('io', 'A stored body is missing from the data folder.')
    return folder.pathOf(id)
  }

  async function materialise({ draftOf }: BlobFolder, path: string, ref: BlobRef): Promise<string> {
    if (existsSync(path)) return path
    const draft = draftOf(newBlobId('s'))
    try {
      await writeSynced(draft, (file) => file.writeFile(blobs.get(ref)))
      await rename(draft, path)
      return path
    } catch (error) {
      await rm(draft, { force: true })
      throw diskError(error)
    }
  }

  return blobs
}

type Create = (kind: 's' | 'm', write: (draft: string) => Promise<number>) => Promise<BlobRef>

/** Reads the body until it is known not to be small, then into a file. */
async function putBody(
  body: AsyncIterable<Uint8Array> | Uint8Array,
  { maxBytes = Number.POSITIVE_INFINITY, signal }: { maxBytes?: number; signal?: AbortSignal },
  create: Create,
): Promise<BlobRef> {
  if (body instanceof Uint8Array && body.length <= Math.min(inlineBytes, maxBytes)) {
    signal?.throwIfAborted()
    return { inline: body, sizeBytes: body.length }
  }
  const source = limited(body instanceof Uint8Array ? [body] : body, maxBytes, signal)
  const first: Uint8Array[] = []
  let size = 0
  try {
    while (size <= inlineBytes) {
      const next = await source.next()
      if (next.done) return { inline: Buffer.concat(first), sizeBytes: size }
      first.push(next.value)
      size += next.value.length
    }
    return await create('s', async (draft) => {
      await writeSynced(draft, async (file) => {
        await file.writeFile(Buffer.concat(first))
        for await (const chunk of source) {
          await file.writeFile(chunk)
          size += chunk.length
        }
      })
      return size
    })
  } finally {
    // Tells the source that nobody reads on, where it was not read to its end.
    await source.return()
  }
}

/** The chunks as they come, until there are too many or the signal aborts, even while the source says nothing. */
async function* limited(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  signal?.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  aborted.catch(() => undefined)
  const onAbort = () => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  const source = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  let size = 0
  let ended = false
  try {
    for (;;) {
      const next = await Promise.race([source.next(), aborted])
      ended = next.done ?? false
      if (next.done) return
      size += next.value.length
      if (size > maxBytes) throw new StoreError('limit', `The body is larger than the ${maxBytes} bytes allowed.`)
      yield next.value
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Not awaited: a source that says nothing does not answer this either.
    if (!ended) Promise.resolve(source.return?.()).catch(() => undefined)
  }
}

function idOf(ref: BlobRef): BlobId {
  if (ref.id === undefined) throw new StoreError('io', 'A reference names neither a stored body nor bytes.')
  return checkedBlobId(ref.id)
}

const fullCodes = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EFBIG'])

function diskError(error: unknown): unknown {
  if (error instanceof Error && 'code' in error && fullCodes.has(error.code)) {
    return new StoreError('full', 'The disk is full: the body was not stored. Free some space and try again.', {
      cause: error,
    })
  }
  return error
}
