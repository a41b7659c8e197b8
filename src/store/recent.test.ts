import { expect, test } from 'vitest'
import { Recent } from './recent.ts'

const mebibyte = 1_048_576

/** How many of the values under `0`, `1`, … are known. */
const known = (recent: Recent, count: number) =>
  Array.from({ length: count }, (_, n) => recent.get(String(n))).filter((value) => value !== undefined).length

test('what was read last is known, as long as it and all of it are not too large', () => {
  const recent = new Recent()
  for (let n = 0; n < 300; n++) recent.remember(String(n), new Uint8Array(65_536))
  recent.remember('too large', new Uint8Array(65_537))
  expect(recent.get('too large')).toBeUndefined()
  expect(recent.get('299')).toHaveLength(65_536)
  expect(recent.get('0')).toBeUndefined()
  const bytes = known(recent, 300) * 65_536
  expect(bytes).toBeLessThanOrEqual(8 * mebibyte + 2 * 65_536)
  expect(bytes).toBeGreaterThanOrEqual(4 * mebibyte)
})

test('what takes the place of another, or is forgotten, gives its room back', () => {
  const recent = new Recent()
  for (let n = 0; n < 60; n++) recent.remember(String(n), new Uint8Array(65_536))
  for (let again = 0; again < 1_000; again++) recent.remember('0', new Uint8Array(65_536))
  expect(known(recent, 60)).toBe(60)
  for (let n = 0; n < 60; n++) expect(recent.forget(String(n))).toBe(true)
  for (let n = 0; n < 60; n++) recent.remember(String(n), new Uint8Array(65_536))
  expect(known(recent, 60)).toBe(60)
  expect(recent.forget('never read')).toBe(false)
})

test('that there is nothing is known too, of so many keys', () => {
  const recent = new Recent()
  for (let n = 0; n < 20_000; n++) recent.remember(String(n), undefined)
  expect(recent.get('19999')).toBeNull()
  const count = known(recent, 20_000)
  expect(count).toBeGreaterThanOrEqual(8_192)
  expect(count).toBeLessThanOrEqual(16_384)
})

test('what is read again and again outlives whatever is read once', () => {
  const recent = new Recent()
  recent.remember('hot', Uint8Array.of(1))
  for (let n = 0; n < 50_000; n++) {
    recent.remember(String(n), undefined)
    if (n % 1_000 === 0) expect(recent.get('hot')).toHaveLength(1)
  }
  expect(recent.get('0')).toBeUndefined()
})

test('a small value keeps no large buffer', () => {
  const recent = new Recent()
  recent.remember('small', new Uint8Array(65_536).fill(7).subarray(10, 20))
  expect(recent.get('small')).toEqual(Buffer.alloc(10, 7))
  expect(recent.get('small')?.buffer.byteLength).toBe(10)
})
