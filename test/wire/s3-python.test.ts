import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('puts, gets, lists, uploads in parts, copies, signs links and follows redirects', async () => {
    expect(await python.script('s3_python')).toEqual({
      got: ['hello', { m: '1' }, 'text/x'],
      range: 'el',
      keys: ['ctrl\u0001', 'dir/ä b+c'],
      v1: ['ctrl\u0001'],
      big: [true, '-3'],
      copy: 12 * 1024 * 1024,
      presigned: ['hello', expect.any(Boolean)],
      missing: 'NoSuchKey',
      head: '404',
      bucket: '404',
      redirected: 'redirected',
      forms: [204, ['from a form', { a: 'b' }], 204, ['from a form', { a: 'b' }]],
      versions: 3,
      deleted: 4,
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('makes a bucket, synchronises a folder, lists it and removes it all', async () => {
    const { aws, dir } = python
    writeFileSync(join(dir, 'a.txt'), 'from the CLI')
    await aws('s3', 'mb', 's3://cli')
    await aws('s3', 'sync', '.', 's3://cli/dir/')
    expect(await aws('s3', 'ls', 's3://cli/dir/')).toMatch(/ 12 a\.txt/)
    expect(await aws('s3', 'cp', 's3://cli/dir/a.txt', '-')).toBe('from the CLI')
    await aws('s3', 'rb', '--force', 's3://cli')
    expect(await aws('s3', 'ls')).not.toContain('cli')
  })
})
