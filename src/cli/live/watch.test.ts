import { mkdir, mkdtemp, open, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changes } from './watch.ts'
import { watchTree } from './watch-tree.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'landfall-watch-'))
})

afterEach(() => rm(dir, { recursive: true }))

test('changes come as batches of absolute paths, those made while a batch is handled too', async () => {
  const stop = new AbortController()
  const batches = changes(dir, stop.signal)[Symbol.asyncIterator]()
  const first = batches.next()
  await writeFile(join(dir, 'a.ts'), '1')
  expect([...(await first).value]).toEqual([join(dir, 'a.ts')])
  await writeFile(join(dir, 'b.ts'), '1')
  const second = await batches.next()
  expect([...second.value]).toContain(join(dir, 'b.ts'))
  stop.abort()
  expect((await batches.next()).done).toBe(true)
})

test('what changes before anybody asks is not missed: a file may be saved while the service is deployed', async () => {
  const stop = new AbortController()
  const batches = changes(dir, stop.signal)[Symbol.asyncIterator]()
  await writeFile(join(dir, 'a.ts'), '1')
  expect([...(await batches.next()).value]).toEqual([join(dir, 'a.ts')])
  stop.abort()
})

test('what tools write is not a change', async () => {
  const stop = new AbortController()
  const batches = changes(dir, stop.signal)[Symbol.asyncIterator]()
  const first = batches.next()
  for (const folder of ['node_modules', '.serverless', '__pycache__']) {
    await mkdir(join(dir, folder))
    await writeFile(join(dir, folder, 'x.js'), '1')
  }
  await writeFile(join(dir, 'dev.log'), '1')
  await writeFile(join(dir, 'real.ts'), '1')
  expect([...(await first).value]).toEqual([join(dir, 'real.ts')])
  stop.abort()
})

test('what is said of a change and kept in the folder is no change', async () => {
  const said = await open(join(dir, 'dev.out'), 'a')
  const seen: string[] = []
  const watched = watchTree(
    dir,
    (path) => seen.push(path),
    () => undefined,
    [said.fd],
  )
  await said.write('updated')
  await writeFile(join(dir, 'a.ts'), '1')
  await expect.poll(() => seen).toContain(join(dir, 'a.ts'))
  expect(seen).not.toContain(join(dir, 'dev.out'))
  watched.close()
  await said.close()
})

test('a file that an editor puts in place of the old one is seen every time', async () => {
  await mkdir(join(dir, 'src'))
  const file = join(dir, 'src', 'a.ts')
  await writeFile(file, '0')
  const stop = new AbortController()
  const batches = changes(dir, stop.signal)[Symbol.asyncIterator]()
  for (let n = 1; n <= 3; n++) {
    const batch = batches.next()
    await writeFile(join(dir, 'src', '.a.ts.new'), String(n))
    await rename(join(dir, 'src', '.a.ts.new'), file)
    expect([...(await batch).value]).toEqual([file])
  }
  stop.abort()
})

test('folders that are made later are watched, with what was in them by then', async () => {
  const stop = new AbortController()
  const batches = changes(dir, stop.signal)[Symbol.asyncIterator]()
  const first = batches.next()
  await mkdir(join(dir, 'lib', 'deep'), { recursive: true })
  await writeFile(join(dir, 'lib', 'deep', 'a.ts'), '1')
  const seen = new Set((await first).value)
  while (!seen.has(join(dir, 'lib', 'deep', 'a.ts'))) for (const path of (await batches.next()).value) seen.add(path)
  const next = batches.next()
  await writeFile(join(dir, 'lib', 'deep', 'b.ts'), '1')
  expect([...(await next).value]).toEqual([join(dir, 'lib', 'deep', 'b.ts')])
  stop.abort()
})

test('a file that is emptied and then written is one change, when it is whole', async () => {
  const file = join(dir, 'a.ts')
  await writeFile(file, 'before')
  const stop = new AbortController()
  const batches = changes(dir, stop.signal)[Symbol.asyncIterator]()
  let written = false
  const first = batches.next().then(({ value }) => ({ value, written }))
  await truncate(file)
  // Longer than what is taken for one change.
  await sleep(150)
  written = true
  await writeFile(file, 'after', { flag: 'r+' })
  expect(await first).toEqual({ value: new Set([file]), written: true })
  stop.abort()
})
