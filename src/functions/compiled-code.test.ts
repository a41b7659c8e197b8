import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, startRunner } from './runner.fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startRunner()
})
afterAll(() => fixture[Symbol.asyncDispose]())

/** Long enough to be kept compiled. */
const padding = Array.from({ length: 400 }, (_, i) => `function unused${i}() { return ${i} }`).join('\n')
const source = `const first = () => new Error('where').stack.split('\\n')[1]
${padding}
exports.handler = async () => ({
  where: first(),
  file: __filename,
  same: require('./other.js') === module.children[0].exports,
  main: require.main === module,
  resolved: require.resolve('./other.js'),
  imported: (await import('./third.mjs')).default,
})`
const files = { 'index.js': source, 'other.js': `module.exports = { a: 1 }`, 'third.mjs': `export default 3` }

/** How many things are beside the packages: folders of code and of caches, and files of compiled code. */
async function keptFiles(): Promise<number> {
  const code = join(fixture.dir, 'functions', 'code')
  const [root = ''] = await readdir(code)
  // Not to be listed, by its owner either.
  await chmod(join(code, root), 0o711)
  const entries = await readdir(join(code, root), { withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && entry.name !== 'package.json').length
}

test('what one instance has compiled is kept for the function’s others, and changes nothing that code can see', async () => {
  const spec = await fixture.spec(files)
  const { value: before } = await fixture.run(spec)
  expect(before).toMatchObject({
    same: true,
    main: false,
    imported: 3,
    where: expect.stringMatching(/index\.js:1:21\)?$/),
  })
  while ((await keptFiles()) === 0) await once(AbortSignal.timeout(10), 'abort')
  expect((await fixture.run({ ...spec, version: '2' })).value).toEqual(before)
  expect(await keptFiles()).toBe(1)
})

const map = { version: 3, sources: ['src/orders.ts'], names: [], mappings: 'AAEA' }
const traced = "async () => ({ trace: new Error().stack, tmp: require('node:fs').readdirSync('/tmp') })"
const mapped = '//# sourceMappingURL=index.js.map\n'
const modules = {
  'index.mjs': `import { createRequire } from 'node:module'
import { other } from './other.mjs'
const require = createRequire(import.meta.url)
export const handler = async () => ({ other, url: import.meta.url, tmp: require('node:fs').readdirSync('/tmp') })`,
  'other.mjs': `${padding}\nexport const other = 5`,
}
test.each([
  ['modules', modules, {}, { other: 5, url: 'file:///var/task/index.mjs', tmp: [] }],
  [
    'what has source maps',
    { 'index.js': `exports.handler = ${traced}\n${padding}\n${mapped}`, 'index.js.map': JSON.stringify(map) },
    { NODE_OPTIONS: '--enable-source-maps' },
    { trace: expect.stringMatching(/src\/orders\.ts:3:1/), tmp: [] },
  ],
])('%s: what Node compiled is kept alike, and leaves nothing in /tmp', async (_name, code, environment, value) => {
  const spec = await fixture.spec(code as Record<string, string>, { environment })
  const before = await keptFiles()
  expect((await fixture.run(spec)).value).toEqual(value)
  while ((await keptFiles()) < before + 1) await once(AbortSignal.timeout(10), 'abort')
  expect((await fixture.run(spec)).value).toEqual(value)
  expect((await fixture.run({ ...spec, version: '2' })).value).toEqual(value)
  expect(await keptFiles()).toBe(before + 1)
})

test('Node takes what was kept for a module for what it is', async () => {
  const root = await mkdtemp(join(tmpdir(), 'landfall-compiled-'))
  for (const [name, text] of Object.entries(modules)) await writeFile(join(root, name), text)
  const program = `import { useCompiledCode } from '${join(import.meta.dirname, 'runtimes', 'compiled-code.mjs')}'
    import { writeFileSync } from 'node:fs'
    const keptAt = process.argv[1]
    const compiled = useCompiledCode({ root: '${root}', handler: 'index.handler', keptAt })
    await import('${join(root, 'index.mjs')}')
    compiled.loaded()
    if (!keptAt) writeFileSync('${join(root, 'kept')}', compiled.taken())`
  const env = { TMPDIR: root, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', program, ...args], { env, encoding: 'utf8' })
  expect(run()).toMatchObject({ status: 0, stderr: expect.not.stringContaining('was accepted') })
  const { status, stderr } = run(join(root, 'kept'))
  expect(status).toBe(0)
  for (const name of Object.keys(modules)) expect(stderr).toMatch(new RegExp(`${name} was accepted`))
  await rm(root, { recursive: true })
})

test('another function with the same code has its own, and a change of code begins anew', async () => {
  const spec = await fixture.spec(files)
  const other = { ...spec, functionArn: `${spec.functionArn}-other` }
  const before = await keptFiles()
  await fixture.run(spec)
  await fixture.run(other)
  while ((await keptFiles()) < before + 2) await once(AbortSignal.timeout(10), 'abort')
})

test('a syntax error in a long file is told as Node tells it', async () => {
  const { value } = await fixture.run(await fixture.spec({ 'index.js': `${source}\nlet = 1 1` }))
  expect(value).toMatchObject({ errorType: 'Runtime.UserCodeSyntaxError' })
})

test('a deployment loads one instance ahead of the first request', async () => {
  const spec = await fixture.spec({ 'index.js': 'exports.handler = async () => 1' })
  await fixture.runner.prepare?.(spec)
  while (fixture.runner.count(spec.functionArn) === 0) await once(AbortSignal.timeout(10), 'abort')
  const { value, initMs } = await fixture.run(spec)
  expect(value).toBe(1)
  expect(initMs).toBeGreaterThan(0)
  expect(fixture.runner.count(spec.functionArn)).toBe(1)
})

const pythonFiles = {
  'lambda_function.py':
    'import helper\nimport os\n\ndef handler(event, context):\n    return {"a": helper.answer, "beside": os.path.exists("__pycache__")}\n',
  'helper.py': 'answer = 3\n',
}

test('what Python has compiled is kept alike, and is used: a source that changed in place without its time would go unseen', async () => {
  const spec = await fixture.spec(pythonFiles, { runtime: 'python3.12', handler: 'lambda_function.handler' })
  const before = await keptFiles()
  expect((await fixture.run(spec)).value).toEqual({ a: 3, beside: false })
  while ((await keptFiles()) < before + 1) await once(AbortSignal.timeout(10), 'abort')
  await changeUnseen('helper.py', 'answer = 4\n')
  expect((await fixture.run({ ...spec, version: '2' })).value).toEqual({ a: 3, beside: false })
})

/** Writes to a file of the extracted code so that neither its length nor its time tells. */
async function changeUnseen(name: string, text: string): Promise<void> {
  const code = join(fixture.dir, 'functions', 'code')
  const [root = ''] = await readdir(code)
  await chmod(join(code, root), 0o711)
  for (const folder of await readdir(join(code, root), { withFileTypes: true })) {
    const file = join(code, root, folder.name, name)
    const before = await stat(file).catch(() => undefined)
    if (!before) continue
    await writeFile(file, text)
    await utimes(file, before.atime, before.mtime)
  }
}
