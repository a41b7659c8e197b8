import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { storeContract } from './contract/contract.ts'
import { openLmdbStore } from './lmdb.ts'

const folder = mkdtempSync(join(tmpdir(), 'landfall-test-'))
afterAll(() => rmSync(folder, { recursive: true }))
let opened = 0

storeContract('the embedded store', {
  open: (limits = {}) => openLmdbStore({ path: join(folder, String(opened++)), limits }),
})

storeContract('the ephemeral store', {
  open: (limits = {}) => openLmdbStore({ path: 'unused', ephemeral: true, limits }),
})
