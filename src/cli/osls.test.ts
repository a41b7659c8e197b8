import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { devKey } from './connection.ts'
import { osls } from './osls.ts'
import { findService } from './service.ts'

test('the data folder of a node is in no package, although it lies beside the sources', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-osls-'))
  try {
    await mkdir(join(dir, '.landfall/store'), { recursive: true })
    await writeFile(join(dir, '.landfall/store/store.mdb'), 'what others keep')
    await writeFile(join(dir, 'greet.js'), 'exports.handler = async () => 1')
    const provider = 'provider: { name: aws, runtime: nodejs22.x }'
    const functions = 'functions: { greet: { handler: greet.handler } }'
    await writeFile(join(dir, 'serverless.yml'), `service: hello\n${provider}\n${functions}\n`)
    const node = { endpoint: 'http://127.0.0.1:9', region: 'us-east-1', credentials: devKey, from: 'the test' }
    await osls(findService(dir), ['package'], node, { signal: new AbortController().signal })
    const zip = await readFile(join(dir, '.serverless/hello.zip'))
    expect(zip.includes('greet.js')).toBe(true)
    expect(zip.includes('.landfall')).toBe(false)
  } finally {
    await rm(dir, { recursive: true })
  }
})
