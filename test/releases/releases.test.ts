import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'
import { expected, find } from './contents.ts'

/** Data folders as earlier releases left them; `test/releases/store.ts` makes one. */
const folder = join(import.meta.dirname, 'folders')
const archives = readdirSync(folder).filter((name) => name.endsWith('.tgz'))

test('there is a folder of a release to open', () => {
  expect(archives.length).toBeGreaterThan(0)
})

test.each(archives)('everything in the data folder of %s is found', async (archive) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'landfall-release-'))
  try {
    const untar = spawnSync('tar', ['-xzf', join(folder, archive), '-C', dataDir])
    expect(untar.status, untar.stderr.toString()).toBe(0)
    // In the folder's own time: its messages are not past their retention.
    const filledAtMs = Number(readFileSync(join(dataDir, 'filled-at'), 'utf8'))
    await using node = await startNode({ dataDir, hostMs: () => filledAtMs })
    expect(await find(node)).toEqual(expected)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
