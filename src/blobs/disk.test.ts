import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BlobRef } from '../kernel/blobs.ts'
import { createClock, type MovableClock } from '../kernel/clock.ts'
import type { Records } from '../kernel/records.ts'
import type { Store } from '../kernel/store.ts'
import { keyspace } from '../store/keyspace.ts'
import { openLmdbStore } from '../store/lmdb.ts'
import { createRecords } from '../store/records.ts'
import { blobContract } from './contract.ts'
import { type DiskBlobs, openDiskBlobs } from './disk.ts'

const scope = { account: '', region: '' }
const hourMs = 3_600_000
const large = Buffer.alloc(40_000, 7)

interface Node {
  readonly store: Store
  readonly records: Records
  readonly clock: MovableClock
  readonly blobs: DiskBlobs
  /** Time that only passes. */
  pass(ms: number): void
}

async function openNode(path: string): Promise<Node> {
  const store = await openLmdbStore({ path })
  const records = createRecords(store)
  const clock = createClock()
  let passedMs = 0
  const blobs = openDiskBlobs({ path: join(path, 'blobs'), records, clock, monotonicMs: () => passedMs })
  const pass = (ms: number) => {
    passedMs += ms
    clock.advance(ms)
  }
  return { store, records, clock, blobs, pass }
}

/** All files and folders that hold bodies or leftovers of them. */
function files(path: string): string[] {
  const found = readdirSync(join(path, 'blobs'), { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const folders: string[] = []
function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'landfall-test-'))
  folders.push(path)
  return path
}
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true })
})

blobContract('bodies on disk', async () => {
  const node = await openNode(newFolder())
  return {
    ...node,
    async sweepAfterGrace() {
      // Twice: what is of this process is doomed in one sweep and deleted in a later one.
      for (let i = 0; i < 2; i++) {
        node.pass(hourMs)
        await node.blobs.sweep(node.clock.nowMs())
      }
    },
    async close() {
      await node.blobs[Symbol.asyncDispose]()
      await node.store[Symbol.asyncDispose]()
    },
  }
})

describe('bodies on disk and time', () => {
  let path: string
  let node: Node
  beforeEach(async () => {
    path = newFolder()
    node = await openNode(path)
  })
  afterEach(() => node.store[Symbol.asyncDispose]())
  const sweep = () => node.blobs.sweep(node.clock.nowMs())
  const commit = (ref: BlobRef) => node.records.write(scope, (tx) => node.blobs.commit(tx, ref))
  const release = (ref: BlobRef) => node.records.write(scope, (tx) => node.blobs.release(tx, ref))

  test('a put that failed leaves no file', async () => {
    async function* failing() {
      yield large
      throw new Error('gone')
    }
    await expect(node.blobs.put(failing())).rejects.toThrow('gone')
    expect(files(path)).toEqual([])
  })

  test('moving the node’s clock under a request does not take its body away', async () => {
    const ref = await node.blobs.put(large)
    node.clock.advance(24 * hourMs)
    await sweep()
    await sweep()
    await commit(ref)
    node.pass(24 * hourMs)
    expect(await sweep()).toBe(0)
    expect(await node.blobs.bytes(ref)).toHaveLength(large.length)
  })

  test('a body that is still being written is left alone however long it takes', async () => {
    const half = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    async function* slow() {
      yield large
      begun.resolve()
      await half.promise
      yield large
    }
    const putting = node.blobs.put(slow())
    await begun.promise
    for (let i = 0; i < 3; i++) {
      node.pass(24 * hourMs)
      expect(await sweep()).toBe(0)
    }
    half.resolve()
    const ref = await putting
    await commit(ref)
    expect((await node.blobs.bytes(ref)).length).toBe(2 * large.length)
  })

  test('a commit that comes after its body was given up is refused', async () => {
    const ref = await node.blobs.put(large)
    node.pass(hourMs)
    await sweep()
    await expect(commit(ref)).rejects.toThrow('Put it again')
    node.pass(hourMs)
    expect(await sweep()).toBe(1)
    await expect(commit(ref)).rejects.toThrow('Put it again')
    expect(files(path)).toEqual([])
  })

  test('what is being read outlives its grace period', async () => {
    const ref = await node.blobs.put(Buffer.alloc(1_000_000, 7))
    await commit(ref)
    const reading = node.blobs.get(ref)[Symbol.asyncIterator]()
    await reading.next()
    await release(ref)
    node.pass(hourMs)
    expect(await sweep()).toBe(0)
    let size = 0
    for (;;) {
      const { done, value } = await reading.next()
      if (done) break
      size += value.length
    }
    expect(size).toBeGreaterThan(700_000)
    expect(await sweep()).toBe(1)
    expect(files(path)).toEqual([])
  })

  test('hundreds of released bodies are all deleted, joined ones with their segments', async () => {
    const refs = await Promise.all(Array.from({ length: 120 }, () => node.blobs.put(large)))
    const joined = await node.blobs.concat(refs)
    for (const ref of [...refs, joined]) await commit(ref)
    await node.blobs.path(joined)
    for (const ref of [...refs, joined]) await release(ref)
    expect(await sweep()).toBe(0)
    node.pass(hourMs)
    expect(await sweep()).toBe(121)
    expect(await sweep()).toBe(0)
    expect(files(path)).toEqual([])
  })

  test('joining copies nothing', async () => {
    const refs = await Promise.all([node.blobs.put(large), node.blobs.put(large)])
    const joined = await node.blobs.concat(refs)
    const segments = files(path).filter((file) => file.includes(joined.id!) && !file.endsWith('manifest'))
    expect(segments.map((file) => statSync(file).nlink)).toEqual([2, 2])
  })

  test('a body cut short on disk is an error, not a short answer', async () => {
    const ref = await node.blobs.put(large)
    await commit(ref)
    truncateSync(files(path)[0]!, 1_000)
    await expect(node.blobs.bytes(ref)).rejects.toEqual(expect.objectContaining({ reason: 'io' }))
  })
})

describe('bodies on disk and crashes', () => {
  const document = keyspace('blobtest').record<BlobRef, [name: string]>('document')
  const code = (step: string, at: number) => `
    import { openLmdbStore } from ${JSON.stringify(new URL('../store/lmdb.ts', import.meta.url).href)}
    import { createRecords } from ${JSON.stringify(new URL('../store/records.ts', import.meta.url).href)}
    import { keyspace } from ${JSON.stringify(new URL('../store/keyspace.ts', import.meta.url).href)}
    import { createClock } from ${JSON.stringify(new URL('../kernel/clock.ts', import.meta.url).href)}
    import { openDiskBlobs } from ${JSON.stringify(new URL('disk.ts', import.meta.url).href)}
    const path = process.argv[1]
    const records = createRecords(await openLmdbStore({ path }))
    let steps = 0
    const afterStep = (step) => {
      if (step === ${JSON.stringify(step)} && ++steps === ${at}) process.kill(process.pid, 'SIGKILL')
    }
    const clock = createClock()
    const blobs = openDiskBlobs({ path: path + '/blobs', records, clock, afterStep, graceMs: 1 })
    const document = keyspace('blobtest').record('document')
    const scope = { account: '', region: '' }
    const body = Buffer.alloc(40_000, 7)
    const store = (name, ref) => records.write(scope, (tx) => { tx.set(document(name), ref); blobs.commit(tx, ref) })
    const a = await blobs.put(body)
    await store('a', a)
    const b = await blobs.put(body)
    await store('b', b)
    await store('joined', await blobs.concat([a, b]))
    await records.write(scope, (tx) => { tx.delete(document('a')); blobs.release(tx, a) })
    await blobs.put(body)
    afterStep('finished')
    clock.advance(1000)
    await blobs.sweep(clock.nowMs())
    process.exit(1)`

  const crashes = ['intended', 'drafted', 'published'].flatMap((step) => [1, 2, 3, 4].map((at) => [step, at] as const))
  test.each([...crashes, ['finished', 1] as const, ['removed', 1] as const])(
    'killed after %s for the %ith time, every named body is whole and no other is left',
    async (step, at) => {
      const path = newFolder()
      const child = spawn(process.execPath, ['--input-type=module', '-e', code(step, at), path], { stdio: 'inherit' })
      const [, signal] = await once(child, 'exit')
      expect(signal).toBe('SIGKILL')

      const node = await openNode(path)
      node.pass(hourMs)
      await node.blobs.sweep(node.clock.nowMs())
      const named = await node.records.read(scope, async (tx) => {
        const refs: BlobRef[] = []
        for await (const { value } of tx.range(document.under())) refs.push(value)
        return refs
      })
      let expected = 0
      for (const ref of named) {
        const joined = ref.id!.startsWith('m')
        expect(Buffer.compare(await node.blobs.bytes(ref), Buffer.alloc(joined ? 80_000 : 40_000, 7))).toBe(0)
        expected += joined ? 3 : 1
      }
      expect(files(path)).toHaveLength(expected)
      await node.store[Symbol.asyncDispose]()
    },
  )
})
