import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../kernel/store.ts'
import { openLmdbStore } from './lmdb.ts'
import { ownIdentity } from './process-identity.ts'

describe('the data folder', () => {
  let path: string
  const opened: Store[] = []
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'landfall-test-'))
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store[Symbol.asyncDispose]()))
    rmSync(path, { recursive: true })
  })

  async function open(): Promise<Store> {
    const store = await openLmdbStore({ path })
    opened.push(store)
    return store
  }
  const key = Buffer.from('k')
  const locked = (pid: number) =>
    expect.objectContaining({ reason: 'locked', message: expect.stringContaining(`pid ${pid}.`) })
  const contents = () => readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString('base64')])

  test('keeps what was written when it is closed and opened again, and positions go on', async () => {
    const first = await open()
    await first.write((tx) => {
      tx.set(key, Buffer.from('v'))
      for (let i = 0; i < 300; i++) tx.append(Buffer.from('log/'), Buffer.from(`1.${i}`))
    })
    await first[Symbol.asyncDispose]()
    const second = await open()
    await second.write((tx) => tx.append(Buffer.from('log/'), Buffer.from('2')))
    const { value, log } = await second.read(async (tx) => {
      const log: string[] = []
      for await (const entry of tx.range({ gte: Buffer.from('log/'), lt: Buffer.from('log0') })) {
        log.push(Buffer.from(entry.value).toString())
      }
      return { value: await tx.get(key), log }
    })
    expect(Buffer.from(value!).toString()).toBe('v')
    expect(log).toEqual([...Array.from({ length: 300 }, (_, i) => `1.${i}`), '2'])
  })

  test('is refused a second time while it is open, naming the process, and given when it is closed', async () => {
    const store = await open()
    await expect(openLmdbStore({ path })).rejects.toEqual(locked(process.pid))
    await store.write((tx) => tx.set(key, Buffer.from('still mine')))
    await store[Symbol.asyncDispose]()
    await open()
  })

  test('is refused while another process has it, and taken over when that one was killed', async () => {
    const code = `
      import { openLmdbStore } from ${JSON.stringify(new URL('lmdb.ts', import.meta.url).href)}
      await openLmdbStore({ path: process.argv[1] })
      process.stdout.write('open')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await expect(openLmdbStore({ path })).rejects.toEqual(locked(child.pid!))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await open()
  })

  test('is taken over when the number of the process that had it now belongs to another', async () => {
    const { pid, realm } = ownIdentity()
    writeFileSync(join(path, 'lock.7'), JSON.stringify({ pid, realm, startedAt: 'another time', released: false }))
    await open()
    expect(readdirSync(path).filter((name) => name.startsWith('lock'))).toEqual(['lock.8'])
  })

  test('of another container is refused while that shows signs of life, and taken over after', async () => {
    const { realm, ...own } = ownIdentity()
    const [boot] = realm.split(' ')
    writeFileSync(join(path, 'lock.1'), JSON.stringify({ ...own, realm: `${boot} elsewhere`, released: false }))
    await expect(openLmdbStore({ path })).rejects.toEqual(locked(own.pid))
    utimesSync(join(path, 'lock.1'), 0, 0)
    await open()
  })

  test('is given to one of many that take over a dead lock at once', async () => {
    writeFileSync(
      join(path, 'lock.1'),
      JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1', realm: 'gone', released: false }),
    )
    const code = `
      import { lockFolder } from ${JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)}
      process.stdin.once('data', () => {
        try { lockFolder(process.argv[1], () => {}); process.stdout.write('won') } catch (error) { process.stdout.write(error.reason) }
      })
      process.stdout.write('ready')`
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', code, path], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    const said = children.map(async (child) => String((await once(child.stdout, 'data'))[0]))
    for (const child of children) child.stdin.write('go')
    expect((await Promise.all(said)).sort()).toEqual(['locked', 'locked', 'locked', 'won'])
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(children.map((child) => once(child, 'exit')))
  })

  test.each([
    ['of a newer format', 'landfall 2\n', 'format 2'],
    ['whose format cannot be read', 'something else', 'cannot be read'],
  ])('%s is refused, and nothing in it changes', async (_, text, says) => {
    writeFileSync(join(path, 'format'), text)
    writeFileSync(join(path, 'store.mdb'), 'data')
    const before = contents()
    const refused = expect.objectContaining({ reason: 'format', message: expect.stringContaining(says) })
    await expect(openLmdbStore({ path })).rejects.toEqual(refused)
    expect(contents()).toEqual(before)
  })

  test('that holds a store without a format, or without its session, is refused', async () => {
    writeFileSync(join(path, 'store.mdb'), 'data')
    await expect(openLmdbStore({ path })).rejects.toEqual(expect.objectContaining({ reason: 'format' }))
    writeFileSync(join(path, 'format'), 'landfall 1\n')
    await expect(openLmdbStore({ path })).rejects.toEqual(expect.objectContaining({ reason: 'format' }))
  })

  test('whose store is no store is an error, and does not stay locked', async () => {
    writeFileSync(join(path, 'format'), 'landfall 1\n')
    writeFileSync(join(path, 'session'), '1\n')
    writeFileSync(join(path, 'store.mdb'), 'not a database at all'.repeat(1_000))
    await expect(openLmdbStore({ path })).rejects.toEqual(expect.objectContaining({ reason: 'io' }))
    await expect(openLmdbStore({ path })).rejects.toEqual(expect.objectContaining({ reason: 'io' }))
  })

  test('may hold the files of others, and is made when missing', async () => {
    mkdirSync(join(path, 'blobs'))
    writeFileSync(join(path, 'credentials'), 'x')
    await open()
    const store = await openLmdbStore({ path: join(path, 'a', 'b') })
    opened.push(store)
  })

  test('is not touched by an ephemeral store, which leaves nothing behind', async () => {
    const before = readdirSync(tmpdir()).length
    const store = await openLmdbStore({ path, ephemeral: true })
    expect(readdirSync(tmpdir()).length).toBe(before)
    await store.write((tx) => tx.set(key, Buffer.alloc(1_000_000)))
    expect(readdirSync(path)).toEqual([])
    await store[Symbol.asyncDispose]()
  })
})
