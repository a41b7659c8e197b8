import { describe, expect, test } from 'vitest'
import fc from '../../../test/fast-check.ts'
import { algorithmNames, type ChecksumAlgorithm, combineChecksums, createDigest } from './checksums.ts'

const hexOf = (algorithm: ChecksumAlgorithm, ...chunks: (string | Uint8Array)[]) => {
  const digest = createDigest(algorithm)
  for (const chunk of chunks) digest.update(Buffer.from(chunk as string))
  return digest.digest()
}

describe('checksums', () => {
  // The check values that the catalogue of parametrised CRC algorithms gives for the nine digits.
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['MD5', '25f9e794323b453885f5181f1b624d0b'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ] as const)('%s of "123456789" is the published check value', (algorithm, expected) => {
    expect(hexOf(algorithm, '123456789').toString('hex')).toBe(expected)
  })

  test('where the chunks are cut does not matter', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(300),
        fc.constantFrom(...algorithmNames),
        (bytes, at, algorithm) => {
          const cut = hexOf(algorithm, bytes.subarray(0, at), bytes.subarray(at))
          expect(cut.equals(hexOf(algorithm, bytes))).toBe(true)
        },
      ),
    )
  })

  test('a full-object checksum of parts is the checksum of the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('CRC32', 'CRC32C', 'CRC64NVME'),
        (parts, algorithm) => {
          const combined = combineChecksums(
            algorithm,
            'FULL_OBJECT',
            parts.map((part) => ({ value: hexOf(algorithm, part).toString('base64'), sizeBytes: part.length })),
          )
          expect(combined.value).toBe(hexOf(algorithm, ...parts).toString('base64'))
        },
      ),
    )
  })

  test('a composite checksum is the checksum of the checksums, and says how many', () => {
    const parts = ['one', 'two'].map((text) => ({ value: hexOf('SHA256', text).toString('base64'), sizeBytes: 3 }))
    const expected = hexOf('SHA256', hexOf('SHA256', 'one'), hexOf('SHA256', 'two')).toString('base64')
    expect(combineChecksums('SHA256', 'COMPOSITE', parts).value).toBe(`${expected}-2`)
  })
})
