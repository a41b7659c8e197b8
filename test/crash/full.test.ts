import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLmdbStore } from '../../src/store/lmdb.ts'
import { nodeLoad, startLoad } from './child.ts'
import { damage } from './invariants.ts'

const hasBash = spawnSync('bash', ['-c', 'ulimit -f 100']).status === 0
const canMount = mountable()

const freeBytes = (path: string) => statfsSync(path).bavail

function mountable(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'landfall-test-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]).status === 0
  if (mounted) spawnSync('umount', [path])
  rmSync(path, { recursive: true })
  return mounted
}

describe('a disk without room', () => {
  let path: string
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'landfall-test-'))
  })
  afterEach(() => rmSync(path, { recursive: true }))

  /** Fills the disk and says what the process said besides its acknowledgements. */
  async function fill(
    command: readonly string[],
    data: string,
    makeRoom: () => Promise<void> = async () => {},
  ): Promise<string[]> {
    const load = startLoad(command)
    // It ended by itself, after having closed the store: the error is the caller's, not the process's.
    expect(await load.ended).toBe(0)
    expect(load.acknowledged.size).toBeGreaterThan(10)
    await makeRoom()
    const store = await openLmdbStore({ path: data })
    expect(await damage(store, load.acknowledged)).toEqual([])
    await store[Symbol.asyncDispose]()
    return load.said
  }

  const limited = test.skipIf(!hasBash)
  limited(
    `a file that may not grow is an error to the caller${hasBash ? '' : ' (SKIPPED: no bash with ulimit -f)'}`,
    async () => {
      const load = nodeLoad(path, 0, 100_000, 8)
      const said = await fill(['bash', '-c', 'ulimit -f 1500 && exec "$@"', 'bash', ...load], path)
      expect(said).toEqual(['open', expect.stringMatching(/^failed (io|full)$/), 'closed'])
    },
  )

  const mounted = test.skipIf(!canMount)
  mounted(
    `a full disk is an error to the caller that says so${canMount ? '' : ' (SKIPPED: may not mount a small file system)'}`,
    async () => {
      const disk = join(path, 'disk')
      mkdirSync(disk)
      spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk])
      try {
        const data = join(disk, 'data')
        const said = await fill(nodeLoad(data, 0, 100_000, 8), data, async () => {
          while (freeBytes(disk) > 0) writeFileSync(join(disk, 'filler'), Buffer.alloc(4_096), { flag: 'a' })
          const full = expect.objectContaining({ reason: 'full' })
          await expect(openLmdbStore({ path: data })).rejects.toEqual(full)
          spawnSync('mount', ['-o', 'remount,size=8m', disk])
        })
        expect(said).toEqual(['open', 'failed full', 'closed'])
      } finally {
        spawnSync('umount', [disk])
      }
    },
  )
})
