import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cgroupName, idsIn, removeStale } from './cgroup.ts'

/** No process has it: Linux numbers them up to 2^22. */
const nobody = 2 ** 22 + 1

test('the groups of nodes that have ended are removed; those of nodes that live, or that cannot be seen from here, stay', async () => {
  const root = await mkdtemp(join(tmpdir(), 'landfall-cgroup-'))
  try {
    const ended = cgroupName(nobody, 'a')
    const alive = cgroupName(process.pid, 'b')
    // What a node in a container, with process ids of its own, called its groups.
    const elsewhere = ended.replace(/\d+/, '1')
    for (const name of [ended, alive, elsewhere, 'somebody-else'])
      mkdirSync(join(root, name, 'instance'), { recursive: true })
    removeStale(root)
    expect(readdirSync(root).sort()).toEqual([alive, elsewhere, 'somebody-else'].sort())
  } finally {
    await rm(root, { recursive: true })
  }
})

test('processes that cannot be seen from here are not signalled: the kernel lists them as 0, which is everybody in our own group', async () => {
  const root = await mkdtemp(join(tmpdir(), 'landfall-cgroup-'))
  try {
    const file = join(root, 'cgroup.procs')
    writeFileSync(file, '0\n0\n17\n')
    expect(idsIn(file)).toEqual([17])
  } finally {
    await rm(root, { recursive: true })
  }
})
