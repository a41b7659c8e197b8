import { expect, test } from 'vitest'
import { lineCutter } from './line-cutter.ts'

function cut(chunks: readonly Buffer[], maxBytes = 100): string[] {
  const lines: string[] = []
  const cutter = lineCutter(maxBytes, (line) => lines.push(line))
  for (const chunk of chunks) cutter.push(chunk)
  cutter.end()
  return lines
}

test('lines are the same however they come in pieces, letters of several bytes included', () => {
  const text = Buffer.from('eins\nzwölf ✓ 𝄞\n\nlast')
  for (let size = 1; size <= text.length; size += 1) {
    const chunks: Buffer[] = []
    for (let at = 0; at < text.length; at += size) chunks.push(text.subarray(at, at + size))
    expect(cut(chunks)).toEqual(['eins', 'zwölf ✓ 𝄞', '', 'last'])
  }
})

test('a line that is too long goes on as another', () => {
  expect(cut([Buffer.from('abcdefgh'), Buffer.from('ij\nk')], 4)).toEqual(['abcd', 'efgh', 'ij', 'k'])
})
