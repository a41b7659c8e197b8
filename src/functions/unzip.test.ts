import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import { checkZip, extractZip } from './unzip.ts'
import { inspectZip, zipLimits } from './zip-directory.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'landfall-unzip-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function zip(entries: { name: string; content?: string | Buffer; mode?: number }[]): Promise<Buffer> {
  const file = new ZipFile()
  for (const { name, content = '', mode = 0o100644 } of entries) file.addBuffer(Buffer.from(content), name, { mode })
  file.end()
  return await buffer(file.outputStream)
}

async function stored(content: string): Promise<Buffer> {
  const file = new ZipFile()
  file.addBuffer(Buffer.from(content), 'a', { compress: false })
  file.end()
  return await buffer(file.outputStream)
}

/** yazl refuses bad names, so they are written over good ones of the same length. */
function renamed(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1')
}

test('files come out as they went in, readable by all and with their execute bits', async () => {
  await extractZip(
    await zip([
      { name: 'a/b.txt', content: 'text', mode: 0o100600 },
      { name: 'run', content: '#!', mode: 0o100700 },
      { name: 'big', content: Buffer.alloc(3_000_000, 7) },
    ]),
    dir,
  )
  expect(await readFile(join(dir, 'a/b.txt'), 'utf8')).toBe('text')
  expect((await stat(join(dir, 'a/b.txt'))).mode & 0o777).toBe(0o644)
  expect((await stat(join(dir, 'run'))).mode & 0o777).toBe(0o755)
  expect((await stat(join(dir, 'big'))).size).toBe(3_000_000)
})

test('a link inside the package stays one', async () => {
  await extractZip(
    await zip([
      { name: 'a/target', content: 'x' },
      { name: 'link', content: 'a/target', mode: 0o120777 },
    ]),
    dir,
  )
  expect(await readlink(join(dir, 'link'))).toBe('a/target')
})

describe('refused:', () => {
  test.each([
    [
      'a name that climbs out',
      async () => renamed(await zip([{ name: 'aa/aa/evil' }]), 'aa/aa/evil', '../../evil'),
      /name|relative/,
    ],
    [
      'an absolute name',
      async () => renamed(await zip([{ name: 'atmp/evil' }]), 'atmp/evil', '/tmp/evil'),
      /name|absolute/,
    ],
    ['a link to an absolute path', () => zip([{ name: 'l', content: '/etc', mode: 0o120777 }]), /leads out/],
    ['a link that climbs out', () => zip([{ name: 'a/l', content: '../../x', mode: 0o120777 }]), /leads out/],
    [
      'a file written through a link',
      () => zip([{ name: 'l', content: 'sub', mode: 0o120777 }, { name: 'l/evil' }, { name: 'sub/x' }]),
      /both as a file/,
    ],
    ['no zip', async () => Buffer.from('PK but no more'), /Could not unzip/],
    ['a truncated zip', async () => (await zip([{ name: 'a', content: 'abc' }])).subarray(0, 40), /Could not unzip/],
    [
      'content that is not what its checksum says',
      async () => renamed(await stored('what it was'), 'what it was', 'what it is!'),
      /checksum/,
    ],
    [
      'damaged content',
      async () => {
        const bytes = await zip([{ name: 'a', content: 'a'.repeat(5000) }])
        bytes.fill(0xff, 35, 45)
        return bytes
      },
      /damaged|larger|size/,
    ],
  ])('%s', async (_name, make, message) => {
    await expect(extractZip(await make(), join(dir, 'into'))).rejects.toThrow(message)
    // Before anything is written, too.
    await expect(checkZip(await make())).rejects.toThrow(message)
    expect(await readdir(dir)).not.toContain('evil')
  })

  test('a package that says it unpacks to more than the limit, from its directory alone', async () => {
    const bytes = await zip([{ name: 'a', content: Buffer.alloc(1000) }])
    const directory = bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    bytes.writeUInt32LE(zipLimits.unzippedBytes + 1, directory + 24)
    await expect(inspectZip(bytes)).rejects.toMatchObject({ reason: 'too-large' })
  })

  test('a bomb that lies about its size', async () => {
    const bytes = await zip([{ name: 'a', content: Buffer.alloc(50_000_000) }])
    const directory = bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    bytes.writeUInt32LE(1000, directory + 24)
    await expect(extractZip(bytes, dir)).rejects.toMatchObject({ name: 'ZipError', reason: 'invalid' })
    await expect(checkZip(bytes)).rejects.toMatchObject({ name: 'ZipError', reason: 'invalid' })
  })
})
