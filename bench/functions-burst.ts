/**
 * `node bench/functions-burst.ts [--only=cold|burst|many|soak] [--soak=N]`: the function engine alone, without a node around
 * it. Cold starts (trivial, with a bundle of 1.7 MB that has two SDK clients, and with the runtime's SDK; Node and Python),
 * each beside a plain process that loads the same; idle memory of what is pooled; a burst from 0 to 200 instances; 1,000
 * requests at once of 50 functions; and a soak whose memory has to be flat. Prints a JSON line each.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Fixture, startRunner } from '../src/functions/runner.fixture.ts'
import type { FunctionSpec } from '../src/kernel/functions.ts'
import { benchArguments } from './arguments.ts'
import { median } from './median.ts'
import { treeOf } from './processes.ts'

const given = benchArguments('node bench/functions-burst.ts', {
  only: ['NAME', 'cold, burst, many or soak'],
  starts: ['N', 'how many cold starts (40)'],
  instances: ['N', 'of a burst (200)'],
  soak: ['N', 'requests of the soak (20,000)'],
})
const only = given.text('only')
const say = (name: string, figures: Record<string, unknown>) =>
  process.stdout.write(`${JSON.stringify({ name, ...figures })}\n`)
const ms = (value: number) => Math.round(value * 10) / 10
const at = (sorted: readonly number[], share: number) =>
  ms(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
const spread = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b)
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99), most: at(sorted, 1) }
}
const timed = async (work: () => Promise<unknown>) => {
  const from = performance.now()
  await work()
  return performance.now() - from
}
const rest = (forMs: number) => new Promise((resolve) => setTimeout(resolve, forMs))

async function served(fixture: Fixture, spec: FunctionSpec, event: unknown = {}) {
  const { error, value } = await fixture.run(spec, event)
  if (error) throw new Error(`${spec.functionName}: ${JSON.stringify(value).slice(0, 300)}`)
  return value
}

async function bundleOfSdk(): Promise<string> {
  const contents = `
    import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
    import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
    const s3 = new S3Client({}), dynamodb = new DynamoDBClient({})
    export const handler = async () => [s3, dynamodb, PutItemCommand, PutObjectCommand].length`
  const stdin = { contents, resolveDir: import.meta.dirname, loader: 'js' as const }
  const { outputFiles } = await build({ stdin, bundle: true, platform: 'node', format: 'cjs', write: false })
  return outputFiles[0]?.text ?? ''
}

/** Python of the same size as the bundle: many functions that nobody calls. */
const largePython = () =>
  `${Array.from({ length: 9_000 }, (_, i) => `def f${i}(a, b):\n    """Adds, and then some."""\n    return [a + b + ${i}, {"key": a}, (b, "text ${i}")]\n`).join('')}
def handler(event, context):
    return 1
`

/** A function, and the least that loads the same: a command that starts its language with the same code. */
interface Kind {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly settings?: Partial<FunctionSpec>
  command(dir: string): readonly string[]
}

async function kinds(): Promise<Kind[]> {
  const bundle = await bundleOfSdk()
  const asks = `const { SQSClient } = require('@aws-sdk/client-sqs')\nexports.handler = async () => SQSClient.name`
  const python = { runtime: 'python3.11', handler: 'index.handler', memoryMb: 512 }
  // Not what stands first in PATH, which may be a script that looks for one.
  const interpreter = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout
  return [
    {
      name: 'Node, trivial',
      files: { 'index.js': 'exports.handler = async () => 1' },
      command: () => [process.execPath, '-e', '0'],
    },
    {
      name: 'Node, 1.7 MB bundle with the SDK',
      files: { 'index.js': bundle },
      settings: { memoryMb: 512 },
      command: (dir) => [process.execPath, join(dir, 'index.js')],
    },
    {
      name: 'Node, asks the runtime for the SDK',
      files: { 'index.js': asks },
      settings: { memoryMb: 512 },
      command: () => [process.execPath, '-e', '0'],
    },
    {
      name: 'Python, trivial',
      files: { 'index.py': 'def handler(event, context):\n    return 1\n' },
      settings: python,
      command: () => [interpreter.trim(), '-c', '0'],
    },
    {
      name: 'Python, 1.3 MB',
      files: { 'index.py': largePython() },
      settings: python,
      command: (dir) => [interpreter.trim(), join(dir, 'index.py')],
    },
  ]
}

/** Cold starts and the least take turns, so that what else the machine does falls on both. */
async function coldStarts(): Promise<void> {
  for (const { name, files, settings, command } of await kinds()) {
    // Each has instances of its own alone: where there are many, none is started ahead of need.
    await using fixture = await startRunner()
    const spec = await fixture.spec(files, settings)
    for (const [file, text] of Object.entries(files)) await writeFile(join(fixture.dir, file), text)
    const [program = '', ...args] = command(fixture.dir)
    // The first compiles, for all that follow.
    await served(fixture, { ...spec, version: 'first' })
    const cold: number[] = []
    const least: number[] = []
    for (let i = 0; i < given.count('starts', 40); i += 1) {
      await rest(350)
      // Not spawnSync: held up, the node would miss what the last instance has compiled.
      least.push(await timed(() => once(spawn(program, args, { stdio: 'ignore' }), 'exit')))
      await rest(350)
      cold.push(await timed(() => served(fixture, { ...spec, version: String(i) })))
    }
    const share = Math.round((median(cold) / median(least)) * 100) / 100
    say(`cold start: ${name}`, { ...spread(cold), processP50: ms(median(least)), timesProcess: share })
  }
}

/** Memory that no other process shares, of every process that this one has started. */
function privateBytes(): { processes: number; bytes: number } {
  const started = treeOf(process.pid).filter(({ id }) => id !== process.pid)
  let bytes = 0
  for (const { id } of started) {
    const rollup = readIfThere(`/proc/${id}/smaps_rollup`)
    for (const [, kb] of rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)) bytes += Number(kb) * 1024
  }
  return { processes: started.length, bytes }
}
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // It has ended since it was listed.
    return ''
  }
}
const mb = (bytes: number) => Math.round(bytes / 104_857.6) / 10

async function burst(): Promise<void> {
  const instances = given.count('instances', 200)
  // Longer than it takes to start them all, so that none serves two.
  const holdMs = instances * 250
  await using fixture = await startRunner({ maxInstances: instances })
  const spec = await fixture.spec(
    { 'index.js': `exports.handler = () => new Promise((done) => setTimeout(done, ${holdMs}, 1))` },
    { timeoutMs: holdMs * 2 },
  )
  const before = process.memoryUsage.rss()
  const waits: number[] = []
  const all = timed(() =>
    Promise.all(
      Array.from({ length: instances }, async () => waits.push((await timed(() => served(fixture, spec))) - holdMs)),
    ),
  )
  const tookMs = await all
  const { processes, bytes } = privateBytes()
  const alive = fixture.runner.count()
  say(`burst from 0 to ${instances}`, {
    tookMs: ms(tookMs - holdMs),
    waits: spread(waits),
    alive,
    nodeGrewMb: mb(process.memoryUsage.rss() - before),
  })
  say('idle memory', { processes, privateMbEach: mb(bytes / Math.max(1, alive)), alive })
}

async function manyAtOnce(): Promise<void> {
  await using fixture = await startRunner()
  const spec = await fixture.spec({ 'index.js': 'exports.handler = async ({ n }) => n' })
  const functions = Array.from({ length: 50 }, (_, i) => ({
    ...spec,
    functionArn: `${spec.functionArn}${i}`,
    functionName: `f${i}`,
  }))
  const requests = Array.from({ length: 1_000 }, (_, n) => n)
  const times: number[] = []
  const one = async (n: number) =>
    times.push(await timed(() => served(fixture, functions[n % 50] as FunctionSpec, { n })))
  const tookMs = await timed(() => Promise.all(requests.map(one)))
  say('1,000 at once of 50 functions, cold', { tookMs: ms(tookMs), ...spread(times), alive: fixture.runner.count() })
  times.length = 0
  const againMs = await timed(() => Promise.all(requests.map(one)))
  say('1,000 at once of 50 functions, again', { tookMs: ms(againMs), ...spread(times), alive: fixture.runner.count() })
}

/** Ten hours by the node's clock, with all that happens to instances meanwhile. */
async function soak(): Promise<void> {
  const total = given.count('soak', 20_000)
  const pieces = 20
  await using fixture = await startRunner()
  const specs = await Promise.all(
    [1, 2, 3, 4].map(() => fixture.spec({ 'index.js': 'exports.handler = async (event) => event' })),
  )
  const seen: number[] = []
  const piece = Math.max(8, Math.floor(total / pieces))
  for (let n = 0; n < pieces; n++) {
    for (let i = 0; i < piece; i += 8) {
      await Promise.all(Array.from({ length: 8 }, (_, k) => served(fixture, specs[k % 4] as FunctionSpec, { k })))
    }
    // Deployed anew: other code, and the instances of the old one end.
    const { functionArn, functionName } = specs[0] as FunctionSpec
    const source = `exports.handler = async (event) => event // ${n}`
    specs[0] = await fixture.spec({ 'index.js': source }, { functionName, version: `deployed ${n}` })
    fixture.runner.retire(functionArn)
    // Frozen, and continued by a request; then idle for so long that all end.
    await rest(250)
    await Promise.all(specs.map((spec) => served(fixture, spec)))
    fixture.clock.advance(1_800_000)
    await rest(250)
    globalThis.gc?.()
    seen.push(process.memoryUsage().heapUsed)
  }
  const half = seen.slice(seen.length / 2)
  const mean = half.reduce((sum, value) => sum + value, 0) / half.length
  const middle = (half.length - 1) / 2
  const slope =
    half.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0) /
    half.reduce((sum, _, i) => sum + (i - middle) ** 2, 0)
  const figures = { heapMb: mb(seen.at(-1) ?? 0), bytesPerRequest: ms(slope / piece), alive: fixture.runner.count() }
  say(`soak of ${total} requests`, figures)
}

const parts = { cold: coldStarts, burst, many: manyAtOnce, soak }
for (const [name, part] of Object.entries(parts)) if (only === undefined || only === name) await part()
