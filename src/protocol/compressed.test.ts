import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { WireRequest } from '../kernel/http.ts'
import { inflated } from './compressed.ts'

const request = (body: Uint8Array, encoding?: string) =>
  ({ headers: encoding === undefined ? {} : { 'content-encoding': encoding }, body }) as WireRequest

test('a compressed body is inflated, but not that of REST, whose encoding is part of its input', async () => {
  const packed = gzipSync('{"a":1}')
  expect(Buffer.from((await inflated('json1.0', request(packed, 'gzip')))!.body).toString()).toBe('{"a":1}')
  expect(inflated('json1.0', request(packed))).toBeUndefined()
  expect(inflated('rest-xml', request(packed, 'gzip'))).toBeUndefined()
})

test('what is no gzip, or becomes too much, is refused', async () => {
  const refused = { name: 'MalformedInput' }
  await expect(inflated('cbor', request(Buffer.from('{}'), 'gzip'))).rejects.toMatchObject(refused)
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  await expect(inflated('cbor', request(bomb, 'gzip'))).rejects.toMatchObject(refused)
})
