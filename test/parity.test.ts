import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parity } from '../scripts/parity.ts'

test('docs/parity.md says what the code says (npm run parity writes it)', async () => {
  const page = await readFile(join(import.meta.dirname, '..', 'docs', 'parity.md'), 'utf8')
  expect(page).toBe(await parity())
})
