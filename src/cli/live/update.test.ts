import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Clients } from '../clients.ts'
import type { PackagedService } from '../service.ts'
import { type Files, plainMode, readArtifact, writeArtifact } from './artifact.ts'
import { createUpdater } from './update.ts'

let dir: string
let uploads: { name: string; files: Files }[]
/** What the node does before it takes an upload. */
let answer: () => Promise<void>

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'landfall-update-'))
  uploads = []
  answer = async () => undefined
})

afterEach(() => rm(dir, { recursive: true }))

/** Takes the place of the node: keeps what is uploaded to it. */
const clients = {
  lambda: async () => ({
    updateFunctionCode: async ({ FunctionName, ZipFile }: { FunctionName: string; ZipFile: Buffer }) => {
      await answer()
      uploads.push({ name: FunctionName, files: await readArtifact(ZipFile) })
    },
  }),
  // Of the clients, only what an update of code calls.
} as unknown as Clients

async function write(path: string, content: string): Promise<string> {
  const file = join(dir, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  return file
}

async function deployedService(
  artifact: Record<string, string>,
  functions: Record<string, string>,
  plugins: string[] = [],
) {
  const files: Files = new Map(
    Object.entries(artifact).map(([path, content]) => [path, { content: Buffer.from(content), mode: plainMode }]),
  )
  await writeFile(join(dir, 'service.zip'), await writeArtifact(files))
  const configFile = await write('serverless.yml', 'service: s\nplugins: [./build.cjs]\n')
  const packaged: PackagedService = {
    name: 's',
    stage: 'dev',
    region: 'us-east-1',
    stackName: 's-dev',
    custom: {},
    plugins,
    functions: Object.entries(functions).map(([key, handler]) => ({
      key,
      name: `s-dev-${key}`,
      handler,
      runtime: 'nodejs22.x',
      artifact: join(dir, 'service.zip'),
    })),
  }
  return await createUpdater({ dir, configFile }, packaged, clients)
}

const uploaded = (index: number, path: string) => uploads[index]?.files.get(path)?.content.toString('utf8')

describe('functions that are bundled', () => {
  async function bundled() {
    await write('src/a.ts', `import { shared } from './shared.ts'\nexport const handler = async () => shared as string`)
    await write('src/b.ts', `export const handler = async (): Promise<string> => 'b'`)
    await write('src/shared.ts', `export const shared = 'one'`)
    return await deployedService(
      { 'src/a.js': 'old bundle', 'src/b.js': 'old bundle', 'keep.txt': 'kept' },
      {
        a: 'src/a.handler',
        b: 'src/b.handler',
      },
    )
  }

  test('a change of a module updates the functions it is part of, and leaves the rest of the package', async () => {
    await using updater = await bundled()
    const changed = await write('src/shared.ts', `export const shared = 'two'`)
    expect(await updater.apply(new Set([changed]))).toEqual({ kind: 'updated', functions: ['a'] })
    expect(uploads.map(({ name }) => name)).toEqual(['s-dev-a'])
    expect(uploaded(0, 'src/a.js')).toContain('two')
    expect(uploaded(0, 'keep.txt')).toBe('kept')
  })

  test('a change that makes no difference to the code uploads nothing', async () => {
    await using updater = await bundled()
    const changed = await write('src/shared.ts', `export const shared = 'two'`)
    await updater.apply(new Set([changed]))
    await write('src/shared.ts', `export const shared = 'two' // said twice`)
    expect(await updater.apply(new Set([changed]))).toEqual({ kind: 'nothing' })
    expect(uploads).toHaveLength(1)
  })

  test('a file that is emptied while it is read is read again when it is written', async () => {
    await using updater = await bundled()
    const [changed] = [await write('src/shared.ts', ''), await write('src/b.ts', '')]
    const update = updater.apply(new Set([changed, join(dir, 'src/b.ts')]))
    await sleep(150)
    await write('src/shared.ts', `export const shared = 'two'`)
    await write('src/b.ts', `export const handler = async () => 'b2'`)
    expect(await update).toEqual({ kind: 'updated', functions: ['a', 'b'] })
    expect(uploads).toHaveLength(2)
    expect(
      uploads.map(({ name, files }) => [name, /two|b2/.test(`${files.get(`src/${name.at(-1)}.js`)?.content}`)]),
    ).toEqual(
      expect.arrayContaining([
        ['s-dev-a', true],
        ['s-dev-b', true],
      ]),
    )
  })

  test('a file that no function is made of changes nothing', async () => {
    await using updater = await bundled()
    expect(await updater.apply(new Set([await write('README.md', 'hello')]))).toEqual({ kind: 'nothing' })
  })

  test('wrong source is an error with the place of it, and the next change can mend it', async () => {
    await using updater = await bundled()
    const changed = await write('src/shared.ts', 'export const = 1')
    await expect(updater.apply(new Set([changed]))).rejects.toThrow(/src\/shared\.ts:1:13/)
    await write('src/shared.ts', `export const shared = 'mended'`)
    expect(await updater.apply(new Set([changed]))).toEqual({ kind: 'updated', functions: ['a'] })
    expect(uploaded(0, 'src/a.js')).toContain('mended')
  })
})

describe('functions that are deployed as written', () => {
  async function plain() {
    const source = 'exports.handler = async () => 1'
    await write('a.js', source)
    await write('lib.js', 'exports.n = 1')
    return await deployedService({ 'a.js': source, 'lib.js': 'exports.n = 1' }, { a: 'a.handler' })
  }

  test('a changed file is replaced in the package', async () => {
    await using updater = await plain()
    const changed = await write('lib.js', 'exports.n = 2')
    expect(await updater.apply(new Set([changed]))).toEqual({ kind: 'updated', functions: ['a'] })
    expect(uploaded(0, 'lib.js')).toBe('exports.n = 2')
    expect(uploaded(0, 'a.js')).toBe('exports.handler = async () => 1')
  })

  test('a file that is emptied is replaced when it is written', async () => {
    await using updater = await plain()
    const changed = await write('lib.js', '')
    const update = updater.apply(new Set([changed]))
    await sleep(100)
    await write('lib.js', 'exports.n = 2')
    expect(await update).toEqual({ kind: 'updated', functions: ['a'] })
    expect(uploads.map(({ files }) => String(files.get('lib.js')?.content))).toEqual(['exports.n = 2'])
  })

  test('a new module or one that is gone asks for a deployment', async () => {
    await using updater = await plain()
    expect(await updater.apply(new Set([await write('new.js', '')]))).toEqual({
      kind: 'deploy',
      because: 'new.js changed',
    })
    await rm(join(dir, 'lib.js'))
    expect(await updater.apply(new Set([join(dir, 'lib.js')]))).toEqual({ kind: 'deploy', because: 'lib.js changed' })
    expect(uploads).toEqual([])
  })
})

describe('a deployment is asked for when', () => {
  test('a function that was deployed is gone', async () => {
    const source = 'exports.handler = async () => 1'
    await write('a.js', source)
    await using updater = await deployedService({ 'a.js': source }, { a: 'a.handler' })
    answer = async () => {
      throw Object.assign(new Error('Function not found'), { name: 'ResourceNotFoundException' })
    }
    const changed = await write('a.js', 'exports.handler = async () => 2')
    expect(await updater.apply(new Set([changed]))).toEqual({ kind: 'deploy', because: 's-dev-a was removed' })
  })

  test.each(['serverless.yml', 'package.json', 'build.cjs'])('%s changes', async (name) => {
    await using updater = await deployedService({}, {})
    expect(await updater.apply(new Set([await write(name, '{}')]))).toEqual({
      kind: 'deploy',
      because: `${name} changed`,
    })
  })

  test('another bundler makes the packages', async () => {
    await using updater = await deployedService({ 'a.js': 'x' }, { a: 'a.handler' }, ['serverless-webpack'])
    expect(await updater.apply(new Set([await write('a.ts', 'x')]))).toEqual({
      kind: 'deploy',
      because: 'a.ts changed',
    })
  })
})
