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
  expect(known(recent, 300) * 65_536).toBeLessThanOrEqual(8 * mebibyte + 65_536)
  expect(known(recent, 300) * 65_536).toBeGreaterThan(7 * mebibyte)
})

test('what takes the place of another, or is forgotten, gives its room back', () => {
  const recent = new Recent()
  for (let n = 0; n < 100; n++) recent.remember(String(n), new Uint8Array(65_536))
  for (let again = 0; again < 1_000; again++) recent.remember('0', new Uint8Array(65_536))
  expect(known(recent, 100)).toBe(100)
  for (let n = 0; n < 100; n++) expect(recent.forget(String(n))).toBe(true)
  for (let n = 0; n < 100; n++) recent.remember(String(n), new Uint8Array(65_536))
  expect(known(recent, 100)).toBe(100)
  expect(recent.forget('never read')).toBe(false)
})

test('that there is nothing is known too, of so many keys', () => {
  const recent = new Recent()
  for (let n = 0; n < 3_000; n++) recent.remember(String(n), undefined)
  expect(recent.get('2999')).toBeNull()
  expect(known(recent, 3_000)).toBe(2_048)
})

test('a small value keeps no large buffer', () => {
  const recent = new Recent()
  recent.remember('small', new Uint8Array(65_536).fill(7).subarray(10, 20))
  expect(recent.get('small')).toEqual(Buffer.alloc(10, 7))
  expect(recent.get('small')?.buffer.byteLength).toBe(10)
})
