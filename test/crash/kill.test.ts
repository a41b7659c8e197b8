import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLmdbStore } from '../../src/store/lmdb.ts'
import { nodeLoad, startLoad } from './child.ts'
import { damage } from './invariants.ts'

let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'landfall-test-'))
})
afterEach(() => rmSync(path, { recursive: true }))

test('a store killed under load, again and again, has lost nothing acknowledged and tears nothing', async () => {
  const acknowledged = new Set<number>()
  for (const [round, killAfter] of [1, 40, 300, 3, 700].entries()) {
    const load = startLoad(nodeLoad(path, round * 100_000, 100_000, 16), (size) => {
      if (size === killAfter) load.child.kill('SIGKILL')
    })
    expect(await load.ended).toBe('SIGKILL')
    expect(load.acknowledged.size).toBeGreaterThanOrEqual(killAfter)
    for (const op of load.acknowledged) acknowledged.add(op)
    const store = await openLmdbStore({ path })
    expect(await damage(store, acknowledged)).toEqual([])
    await store[Symbol.asyncDispose]()
  }
})
