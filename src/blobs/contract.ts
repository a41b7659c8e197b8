import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BlobRef, BlobStore } from '../kernel/blobs.ts'
import type { Records, Tx } from '../kernel/records.ts'

export interface BlobsUnderTest {
  readonly blobs: BlobStore
  readonly records: Records
  /** Lets the grace period pass and deletes what may go. */
  sweepAfterGrace(): Promise<void>
  close(): Promise<void>
}

const scope = { account: '', region: '' }

async function* chunked(body: Buffer, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += chunkBytes) yield body.subarray(at, at + chunkBytes)
}

/** Bytes that are different everywhere, so that a wrong offset shows. */
function bodyOf(sizeBytes: number, seed = 1): Buffer {
  const body = Buffer.alloc(sizeBytes)
  for (let i = 0; i < sizeBytes; i++) body[i] = (i * 31 + (i >> 8) * 17 + seed * 101) & 0xff
  return body
}

/** What every store of bodies does. Run it in the implementation's own test file. */
export function blobContract(name: string, open: () => Promise<BlobsUnderTest>): void {
  describe(name, () => {
    let under: BlobsUnderTest
    let blobs: BlobStore
    beforeEach(async () => {
      under = await open()
      blobs = under.blobs
    })
    afterEach(() => under.close())

    const inTransaction = (fn: (tx: Tx) => void) => under.records.write(scope, fn)
    const keep = (ref: BlobRef) => inTransaction((tx) => blobs.commit(tx, ref))
    const drop = (ref: BlobRef) => inTransaction((tx) => blobs.release(tx, ref))
    async function read(ref: BlobRef, range?: { start: number; end: number }): Promise<Buffer> {
      const chunks: Uint8Array[] = []
      for await (const chunk of blobs.get(ref, range)) chunks.push(chunk)
      return Buffer.concat(chunks)
    }
    async function expectBody(ref: BlobRef, body: Buffer): Promise<void> {
      expect(ref.sizeBytes).toBe(body.length)
      expect(Buffer.compare(await read(ref), body)).toBe(0)
      expect(Buffer.compare(await blobs.bytes(ref), body)).toBe(0)
    }
    const missing = expect.objectContaining({ name: 'StoreError', reason: 'io' })

    test.each([0, 1, 1_000, 16 * 1_024, 16 * 1_024 + 1, 300_000, 3_000_000])(
      'a body of %i bytes comes back',
      async (size) => {
        const body = bodyOf(size)
        for (const source of [body, chunked(body, 70_000), chunked(body, 999)]) {
          const ref = await blobs.put(source)
          await keep(ref)
          await expectBody(ref, body)
        }
      },
    )

    test('a small body is kept inside its reference', async () => {
      expect((await blobs.put(bodyOf(16 * 1_024))).inline).toHaveLength(16 * 1_024)
      expect((await blobs.put(bodyOf(16 * 1_024 + 1))).inline).toBeUndefined()
    })

    test('any range of a body can be read, also across segments', async () => {
      const bodies = [bodyOf(5), bodyOf(20_000, 2), bodyOf(600_000, 3)]
      const refs = await Promise.all(bodies.map((body) => blobs.put(body)))
      const whole = Buffer.concat(bodies)
      const joined = await blobs.concat(refs)
      for (const [ref, body] of [...refs.map((ref, i) => [ref, bodies[i]!] as const), [joined, whole] as const]) {
        const edges = [0, 1, 4, 5, 6, 20_004, 20_005, 20_006, 282_149, body.length - 1, body.length]
        for (const start of edges) {
          for (const end of edges) {
            if (start > end || end > body.length) continue
            expect(Buffer.compare(await read(ref, { start, end }), body.subarray(start, end))).toBe(0)
          }
        }
        expect(() => blobs.get(ref, { start: 0, end: body.length + 1 })).toThrow(RangeError)
        expect(() => blobs.get(ref, { start: -1, end: 1 })).toThrow(RangeError)
      }
    })

    test('a body whose source fails, is too large or is aborted is rejected', async () => {
      async function* failing() {
        yield bodyOf(50_000)
        throw new Error('the client went away')
      }
      await expect(blobs.put(failing())).rejects.toThrow('the client went away')
      const limit = expect.objectContaining({ reason: 'limit' })
      await expect(blobs.put(chunked(bodyOf(50_000), 1_000), { maxBytes: 49_999 })).rejects.toEqual(limit)
      await expect(blobs.put(bodyOf(10), { maxBytes: 9 })).rejects.toEqual(limit)
      expect((await blobs.put(bodyOf(10), { maxBytes: 10 })).sizeBytes).toBe(10)
      const controller = new AbortController()
      async function* silent() {
        yield bodyOf(50_000)
        queueMicrotask(() => controller.abort(new Error('stop')))
        await new Promise(() => {})
      }
      await expect(blobs.put(silent(), { signal: controller.signal })).rejects.toThrow('stop')
      await expect(blobs.put(bodyOf(1), { signal: controller.signal })).rejects.toThrow('stop')
    })

    test('joined bodies are one, in order, whatever they are made of, and outlive their parts', async () => {
      const bodies = [bodyOf(100_000), bodyOf(3, 2), bodyOf(0), bodyOf(50_000, 3)]
      const refs = await Promise.all(bodies.map((body) => blobs.put(body)))
      for (const ref of refs) await keep(ref)
      const once = await blobs.concat(refs)
      await keep(once)
      const twice = await blobs.concat([refs[1]!, once, once])
      await keep(twice)
      for (const ref of [...refs, once]) await drop(ref)
      await under.sweepAfterGrace()
      const whole = Buffer.concat(bodies)
      await expectBody(twice, Buffer.concat([bodies[1]!, whole, whole]))
      await expect(read(once)).rejects.toEqual(missing)
      const small = await blobs.concat([await blobs.put(bodyOf(10)), await blobs.put(bodyOf(20))])
      await expectBody(small, Buffer.concat([bodyOf(10), bodyOf(20)]))
    })

    test('a committed body stays, a released one goes after the grace period', async () => {
      const kept = await blobs.put(bodyOf(30_000))
      const dropped = await blobs.put(bodyOf(40_000))
      await keep(kept)
      await keep(dropped)
      await drop(dropped)
      await expectBody(dropped, bodyOf(40_000))
      await under.sweepAfterGrace()
      await expectBody(kept, bodyOf(30_000))
      await expect(read(dropped)).rejects.toEqual(missing)
      await expect(blobs.bytes(dropped)).rejects.toEqual(missing)
    })

    test('a body whose transaction threw is deleted, and one whose release threw stays', async () => {
      const orphan = await blobs.put(bodyOf(30_000))
      const kept = await blobs.put(bodyOf(30_000))
      await keep(kept)
      const failing = inTransaction((tx) => {
        blobs.commit(tx, orphan)
        blobs.release(tx, kept)
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await under.sweepAfterGrace()
      await under.sweepAfterGrace()
      await expectBody(kept, bodyOf(30_000))
      await expect(read(orphan)).rejects.toEqual(missing)
    })

    test('a body can be handed out as a file', async () => {
      const bodies = [bodyOf(10), bodyOf(100_000)]
      const refs = await Promise.all(bodies.map((body) => blobs.put(body)))
      refs.push(await blobs.concat(refs))
      bodies.push(Buffer.concat(bodies))
      for (const [i, ref] of refs.entries()) {
        await keep(ref)
        const [path, again] = await Promise.all([blobs.path(ref), blobs.path(ref)])
        expect(again).toBe(path)
        expect(Buffer.compare(readFileSync(path), bodies[i]!)).toBe(0)
      }
      await drop(refs[1]!)
      await under.sweepAfterGrace()
      await expect(blobs.path(refs[1]!)).rejects.toEqual(missing)
    })

    test('a reference that is not ours is refused, never made into a path', async () => {
      for (const id of [
        '../../etc/passwd',
        '/etc/passwd',
        's-..',
        '',
        's-0123456789abcdef0123456789abcdef/x',
        'a\0b',
      ]) {
        const ref = { id, sizeBytes: 1 }
        await expect(read(ref)).rejects.toEqual(missing)
        await expect(blobs.bytes(ref)).rejects.toEqual(missing)
        await expect(blobs.path(ref)).rejects.toEqual(missing)
        await expect(blobs.concat([{ ...ref, sizeBytes: 20_000 }])).rejects.toEqual(missing)
        await expect(inTransaction((tx) => blobs.commit(tx, ref))).rejects.toEqual(missing)
        await expect(inTransaction((tx) => blobs.release(tx, ref))).rejects.toEqual(missing)
      }
      await expect(read({ sizeBytes: 1 })).rejects.toEqual(missing)
    })
  })
}
