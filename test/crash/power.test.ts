import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLmdbStore } from '../../src/store/lmdb.ts'
import { nodeLoad, startLoad } from './child.ts'
import { createDisk } from './disk-image.ts'
import { damage, opKey, opValue } from './invariants.ts'
import { canTrace, type Event, readTrace, tracing } from './trace.ts'

const before = 60
const operations = 150

describe.skipIf(!canTrace)(
  `lost power${canTrace ? '' : ' (SKIPPED: this host has no strace, or does not allow it)'}`,
  () => {
    let folder: string
    let path: string
    let initial: Buffer
    let events: Event[]
    let images = 0

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'landfall-test-'))
      path = join(folder, 'data')
      // The recording begins with a store that exists, and has pages to use again.
      expect(await startLoad(nodeLoad(path, 0, before, 4)).ended).toBe(0)
      initial = readFileSync(join(path, 'store.mdb'))
      const log = join(folder, 'trace')
      const load = startLoad(tracing(log, nodeLoad(path, before, operations, 3)))
      expect(await load.ended).toBe(0)
      expect(load.acknowledged.size).toBe(operations)
      events = await readTrace(log, join(path, 'store.mdb'))
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    const acknowledgement = (event: Event) =>
      event.kind === 'said' ? /^ack (\d+)\n$/.exec(event.text)?.[1] : undefined

    /** A data folder with what the disk kept. */
    function folderWith(image: Buffer): string {
      const copy = join(folder, `image-${images++}`)
      mkdirSync(copy)
      for (const name of ['format', 'session']) copyFileSync(join(path, name), join(copy, name))
      writeFileSync(join(copy, 'store.mdb'), image)
      return copy
    }

    /** What is wrong with the store that is found after power was lost. */
    async function damageOf(image: Buffer, acknowledged: readonly number[]): Promise<string[]> {
      const copy = folderWith(image)
      const store = await openLmdbStore({ path: copy })
      try {
        const found = await damage(store, acknowledged)
        await store.write((tx) => tx.set(Buffer.from('goes on'), Buffer.from('x')))
        return found
      } finally {
        await store[Symbol.asyncDispose]()
        rmSync(copy, { recursive: true })
      }
    }

    /** Repeatable, so that a failure is too. */
    function randomness(): () => number {
      let state = 7
      return () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
        return state / 2 ** 32
      }
    }

    test('the recording saw every write: replayed whole, it is the file that is there', () => {
      const disk = createDisk(initial)
      for (const [index, event] of events.entries()) disk.apply(event, index)
      const image = disk.afterPowerLoss(() => true)
      expect(Buffer.compare(image, readFileSync(join(path, 'store.mdb')))).toBe(0)
      expect(events.filter((event) => acknowledgement(event) !== undefined)).toHaveLength(operations)
    })

    test('before each acknowledgement come the write of its data, a sync, and the synced write of a meta page', () => {
      let checked = 0
      for (const [index, event] of events.entries()) {
        const op = acknowledgement(event)
        if (op === undefined) continue
        const earlier = events.slice(0, index)
        const marker = Buffer.concat([opKey(Number(op)), opValue(Number(op)).subarray(0, 50)])
        const written = earlier.findIndex(
          (each) => each.kind === 'write' && !each.synced && holds(each.data, marker, Number(op)),
        )
        const synced = earlier.findIndex((each) => each.kind === 'sync' && each.covers > written)
        const meta = earlier.findIndex(
          (each, i) => i > synced && each.kind === 'write' && each.synced && each.offset < 8_192,
        )
        expect([op, written >= 0, synced > written, meta > synced]).toEqual([op, true, true, true])
        checked++
      }
      expect(checked).toBe(operations)
    })

    test('a disk that drops what was not synced has kept all that was acknowledged, whole', async () => {
      const disk = createDisk(initial)
      const random = randomness()
      const acknowledged = Array.from({ length: before }, (_, op) => op)
      const damaged: string[] = []
      let losses = 0
      for (const [index, event] of events.entries()) {
        disk.apply(event, index)
        const op = acknowledgement(event)
        if (op !== undefined) acknowledged.push(Number(op))
        if (op === undefined && random() > 0.3) continue
        // Nothing of what was not synced survives, or some of it.
        for (const chance of [0, random()]) {
          losses++
          damaged.push(
            ...(await damageOf(
              disk.afterPowerLoss(() => random() < chance),
              acknowledged,
            )),
          )
        }
      }
      expect(damaged).toEqual([])
      expect(losses).toBeGreaterThan(operations)
    })

    test('and a disk that only claims to sync has not, so this test can tell', async () => {
      const disk = createDisk(initial, false)
      for (const [index, event] of events.entries()) disk.apply(event, index)
      const acknowledged = Array.from({ length: before + operations }, (_, op) => op)
      const found = await damageOf(
        disk.afterPowerLoss(() => false),
        acknowledged,
      )
      expect(found.filter((each) => each.endsWith('was acknowledged and is missing'))).toHaveLength(operations)
    })
  },
)

/** Small values lie beside their key; large ones have pages of their own, and the key's page only points there. */
function holds(data: Buffer, marker: Buffer, op: number): boolean {
  return opValue(op).length > 2_000 ? data.includes(opKey(op)) : data.includes(marker)
}
