import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, connectionEnvironment } from './connection.ts'

let data: string

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'landfall-connection-'))
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
    vi.stubEnv(name, undefined)
  }
  vi.stubEnv('AWS_REGION', 'eu-west-1')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(data, { recursive: true })
})

const adminKey = { accessKeyId: 'LKIAADMIN', secretAccessKey: 'admin-secret' }
const writeRecord = (pid: number) =>
  writeFile(join(data, 'node.json'), JSON.stringify({ pid, endpoint: 'http://127.0.0.1:5000' }))
const writeKey = () => writeFile(join(data, 'admin-key.json'), JSON.stringify(adminKey))

describe('the node is found by', () => {
  test('--endpoint before AWS_ENDPOINT_URL', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:2')
    expect((await connect({ data, endpoint: 'http://127.0.0.1:1/' })).endpoint).toBe('http://127.0.0.1:1')
  })

  test('AWS_ENDPOINT_URL before the data folder', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:2')
    await writeRecord(process.pid)
    expect((await connect({ data })).endpoint).toBe('http://127.0.0.1:2')
  })

  test('the data folder of a node that runs', async () => {
    await writeRecord(process.pid)
    expect((await connect({ data })).endpoint).toBe('http://127.0.0.1:5000')
  })

  test('the default when the recorded node is gone', async () => {
    await writeRecord(2 ** 22 + 1)
    expect((await connect({ data })).endpoint).toBe('http://127.0.0.1:4566')
  })
})

describe('the key is', () => {
  test('the administrator key of the node in the data folder, whatever AWS keys the environment has', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAREAL')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of-another-cloud')
    await writeRecord(process.pid)
    await writeKey()
    expect((await connect({ data })).credentials).toEqual(adminKey)
  })

  test('that of the environment for a node that was named', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEAM')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    await writeKey()
    const { credentials } = await connect({ data, endpoint: 'http://10.0.0.5:4566' })
    expect(credentials).toEqual({ accessKeyId: 'AKIATEAM', secretAccessKey: 'secret' })
  })

  test('the well-known one on loopback when there is no other', async () => {
    expect((await connect({ data })).credentials).toEqual({ accessKeyId: 'test', secretAccessKey: 'test' })
  })

  test('asked for when the node is elsewhere', async () => {
    await expect(connect({ data, endpoint: 'http://10.0.0.5:4566' })).rejects.toThrow('There is no access key')
  })
})

test('a damaged record is an error that says what to do', async () => {
  await writeFile(join(data, 'node.json'), '{')
  await expect(connect({ data })).rejects.toThrow('node.json is damaged')
})

test('the environment for other tools has endpoint, key and region', async () => {
  await writeRecord(process.pid)
  await writeKey()
  expect(connectionEnvironment(await connect({ data }))).toEqual({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:5000',
    AWS_ACCESS_KEY_ID: 'LKIAADMIN',
    AWS_SECRET_ACCESS_KEY: 'admin-secret',
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
  })
})
