import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Folder, temporaryFolder } from './e2e/folder.ts'
import { run } from './e2e/process.ts'
import { installed } from './installed.ts'

/**
 * docs/add-a-service.md, done as it says: each block of TypeScript names the file that it is, or the table at whose end
 * it goes, after the language.
 */

const root = join(import.meta.dirname, '..')
const page = await readFile(join(root, 'docs/add-a-service.md'), 'utf8')
const blocks = [...page.matchAll(/^```ts (\S+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, path, table, text]) => ({
  path: path!,
  table,
  text: text!,
}))

test('every path and command on the page exists', async () => {
  const made = new Set(blocks.filter(({ table }) => table === undefined).map(({ path }) => path))
  const paths = [...page.matchAll(/\b(?:src|test|scripts|docs)\/[\w./-]+\.(?:ts|mjs|json|md)/g)].map(([path]) => path)
  expect(paths.length).toBeGreaterThan(20)
  expect(paths.filter((path) => !made.has(path) && !existsSync(join(root, path)))).toEqual([])
  const links = [...page.matchAll(/\]\((?!https:)([^)#]+)\)/g)].map(([, link]) => join('docs', link!))
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([])
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object }
  const commands = [...page.matchAll(/\bnpm run ([\w:]+)|\bnpm (test)\b/g)].map(([, script, test]) => script ?? test!)
  expect(commands.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  // What is told to be used is there under that name.
  for (const [, names, path] of page.matchAll(/((?:`\w+`(?:, | and |; )?)+) (?:in|of) `(src\/[\w/-]+\.ts)`/g)) {
    const text = await readFile(join(root, path!), 'utf8')
    for (const [, name] of names!.matchAll(/`(\w+)`/g)) expect(text).toMatch(new RegExp(`export .*\\b${name}\\b`))
  }
})

describe('what the page makes', { timeout: 180_000 }, () => {
  let checkout: Folder
  const tool = async (...args: string[]) => {
    const { code, out, err } = await run(args, { cwd: checkout.path })
    return { code, said: out + err }
  }

  beforeAll(async () => {
    checkout = await temporaryFolder()
    for (const name of ['src', 'scripts', 'test', 'docs', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
      await cp(join(root, name), join(checkout.path, name), { recursive: true })
    }
    await cp(join(root, 'biome.json'), join(checkout.path, 'biome.json'))
    await linkPackages(join(checkout.path, 'node_modules'), await installed('client-schemas'))
    for (const block of blocks) await write(block)
  }, 180_000)
  afterAll(() => checkout?.[Symbol.asyncDispose]())

  async function write({ path, table, text }: (typeof blocks)[number]): Promise<void> {
    const file = join(checkout.path, path)
    await mkdir(dirname(file), { recursive: true })
    if (table === undefined) return await writeFile(file, text)
    const before = await readFile(file, 'utf8')
    const start = before.search(new RegExp(`^(export )?const ${table}\\b`, 'm'))
    const end = start + before.slice(start).search(/^[\]}]$/m)
    expect(start).toBeGreaterThan(0)
    await writeFile(file, before.slice(0, end) + text + before.slice(end))
  }

  test('has its table generated', async () => {
    const { code, said } = await tool('scripts/models.ts', 'schemas')
    expect(code, said).toBe(0)
    expect(await readdir(join(checkout.path, 'src/services/schemas'))).toContain('model.json')
  })

  test('is formatted as all is, and its types are right', async () => {
    const files = blocks.map(({ path }) => path)
    const formatted = await tool('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...files)
    expect(formatted.code, formatted.said).toBe(0)
    const only = { extends: './tsconfig.json', include: ['src/services/schemas/*.ts'] }
    await writeFile(join(checkout.path, 'tsconfig.service.json'), JSON.stringify(only))
    const typed = await tool('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.service.json')
    expect(typed.code, typed.said).toBe(0)
  })

  test('passes its own tests, and those that walk through everything', async () => {
    await tool('scripts/parity.ts')
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=1']
    const own = await tool(...vitest, 'test/wire/schemas.test.ts')
    expect(own.said).toMatch(/Tests .*[5-9] passed/)
    expect(own.code, own.said).toBe(0)
    const walks = ['test/wire/authorization.test.ts', 'test/parity.test.ts', 'test/resource-properties.test.ts']
    const walked = await tool(...vitest, ...walks, '-t', 'schemas|EventSchemas|docs/parity')
    expect(walked.code, walked.said).toBe(0)
  })
})

/** The checkout's packages, and those that the page installs. */
async function linkPackages(target: string, more: string): Promise<void> {
  await mkdir(join(target, '@aws-sdk'), { recursive: true })
  const link = async (from: string, to: string) => {
    for (const name of await readdir(from)) {
      if (!name.startsWith('.') && name !== '@aws-sdk') await symlink(join(from, name), join(to, name))
    }
  }
  await link(join(root, 'node_modules'), target)
  await link(join(root, 'node_modules', '@aws-sdk'), join(target, '@aws-sdk'))
  await symlink(join(more, '@aws-sdk/client-schemas'), join(target, '@aws-sdk/client-schemas'))
}
