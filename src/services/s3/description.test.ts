import { expect, test } from 'vitest'
import { describeObject } from './description.ts'

const told = (value: string) => describeObject({ Metadata: { m: value } }).metadata.m

test('metadata sent as UTF-8 is read as such, whatever else it is kept', () => {
  expect(told(Buffer.from('é☃').toString('latin1'))).toBe('é☃')
  expect(told('plain')).toBe('plain')
  expect(told('caf\u00e9')).toBe('caf\u00e9')
  expect(told('☃')).toBe('☃')
  expect(told('=?UTF-8?B?w6k=?=')).toBe('=?UTF-8?B?w6k=?=')
})

test('how a request was sent is not what the object is encoded with', () => {
  expect(describeObject({ ContentEncoding: 'aws-chunked' }).contentEncoding).toBeUndefined()
  expect(describeObject({ ContentEncoding: 'gzip,aws-chunked' }).contentEncoding).toBe('gzip')
})

test('user metadata has 2,048 bytes, names and values together', () => {
  expect(told('v'.repeat(2047))).toHaveLength(2047)
  expect(() => told('v'.repeat(2048))).toThrow('maximum allowed metadata size')
  expect(() => told('é'.repeat(1024))).toThrow('maximum allowed metadata size')
})
