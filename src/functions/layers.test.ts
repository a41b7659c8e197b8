import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mergeTree } from './merge-tree.ts'
import { type Fixture, startRunner, zipOf } from './runner.fixture.ts'

const isRoot = process.getuid?.() === 0
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'landfall-layers-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** A layer with these files, as a spec has it. */
async function layer(fixture: Fixture, files: Record<string, string>) {
  const zip = await zipOf(files)
  const { code } = await fixture.zipSpec(zip)
  return { code, sha256: createHash('sha256').update(zip).digest('base64') }
}

for (const isolation of [true, false]) {
  const where = isolation ? 'as isolated as this host can' : 'without isolation'

  test(`a Node function finds the modules, programs and files of its layers, ${where}`, async () => {
    await using fixture = await startRunner({ isolation })
    const layers = [
      await layer(fixture, {
        'nodejs/node_modules/greeting/index.js': 'module.exports = "hello from the first"',
        'nodejs/node_modules/loud/index.js': 'module.exports = require("greeting").toUpperCase()',
        'lib/one.txt': 'one',
        'words.txt': 'first',
      }),
      await layer(fixture, {
        'nodejs/node_modules/greeting/index.js': 'module.exports = "hello from the second"',
        'lib/two.txt': 'two',
        'words.txt': 'second',
      }),
    ]
    const spec = await fixture.spec(
      {
        'index.js': `
        const { readdirSync, readFileSync } = require('node:fs')
        const root = process.env.LD_LIBRARY_PATH.split(':').at(-1).slice(0, -4)
        exports.handler = async () => ({
          root, loud: require('loud'), words: readFileSync(root + '/words.txt', 'utf8'), lib: readdirSync(root + '/lib').sort(),
        })`,
      },
      { layers },
    )
    const { value } = await fixture.run(spec)
    expect(value).toMatchObject({ loud: 'HELLO FROM THE SECOND', words: 'second', lib: ['one.txt', 'two.txt'] })
    if (isolation && isRoot) expect(value).toMatchObject({ root: '/opt' })

    const other = await fixture.spec({
      'index.js': `exports.handler = async () => { try { return require('greeting') } catch (error) { return error.code } }`,
    })
    expect((await fixture.run(other)).value).toBe('MODULE_NOT_FOUND')
  })
}

test('a Python function finds the packages of its layers', async () => {
  await using fixture = await startRunner()
  const layers = [await layer(fixture, { 'python/greeting.py': 'word = "hello"' })]
  const spec = await fixture.spec(
    { 'index.py': 'import greeting\ndef handler(event, context):\n    return greeting.word' },
    { layers, runtime: 'python3.12' },
  )
  expect((await fixture.run(spec)).value).toBe('hello')
})

test('layers are not the function’s to change', async () => {
  await using fixture = await startRunner()
  if (fixture.runner.isolation.kind === 'none') return
  const layers = [await layer(fixture, { 'words.txt': 'first' })]
  const spec = await fixture.spec(
    {
      'index.js': `
      const { writeFileSync } = require('node:fs')
      const root = process.env.LD_LIBRARY_PATH.split(':').at(-1).slice(0, -4)
      const attempt = (path) => { try { writeFileSync(root + path, 'x'); return 'written' } catch (error) { return error.code } }
      exports.handler = async () => [attempt('/words.txt'), attempt('/new.txt'), attempt('/lib/new.txt')]`,
    },
    { layers },
  )
  for (const code of (await fixture.run(spec)).value as string[]) expect(code).toMatch(/^(EACCES|ENOENT|EROFS|EPERM)$/)
})

test('a layer that is no zip fails the start and says so', async () => {
  await using fixture = await startRunner()
  const { code } = await fixture.zipSpec(Buffer.from('no zip'))
  const spec = await fixture.spec(
    { 'index.js': 'exports.handler = async () => 1' },
    { layers: [{ code, sha256: 'x' }] },
  )
  const outcome = await fixture.run(spec)
  expect(outcome.value).toMatchObject({ errorType: 'InvalidZipFileException' })
})

test('merging replaces files, links and folders by what has their name, and follows no link', async () => {
  const [outside, from, into] = ['outside', 'from', 'into'].map((name) => join(dir, name)) as [string, string, string]
  for (const path of [outside, from, into]) await mkdir(path)
  await writeFile(join(outside, 'safe'), 'untouched')
  await symlink(outside, join(into, 'linked'))
  await mkdir(join(from, 'linked'))
  await writeFile(join(from, 'linked', 'safe'), 'new')
  await mkdir(join(into, 'both'))
  await writeFile(join(into, 'both', 'a'), 'a')
  await mkdir(join(from, 'both'))
  await writeFile(join(from, 'both', 'b'), 'b')
  await mkdir(join(into, 'was-folder'))
  await symlink('both', join(from, 'was-folder'))
  await mergeTree(from, into)
  expect(await readFile(join(outside, 'safe'), 'utf8')).toBe('untouched')
  expect(await readFile(join(into, 'linked', 'safe'), 'utf8')).toBe('new')
  expect((await readdir(join(into, 'both'))).sort()).toEqual(['a', 'b'])
  expect(await readlink(join(into, 'was-folder'))).toBe('both')
})
