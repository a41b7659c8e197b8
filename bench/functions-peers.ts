/**
 * `node bench/functions-peers.ts [--requests=N] [--callers=N] [--starts=N]`: one HTTP function (echoes 1 KB) as Landfall runs it, beside
 * serverless-offline and beside the least that anybody can do, a process of Node for each request. A line each: requests per
 * CPU second of all processes that serve them, how long one of 64 callers waits, and how long a request that has to start
 * what serves it. Others are not here: moto answers for functions itself unless it has Docker, and LocalStack runs them in
 * containers only.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed } from '../test/installed.ts'
import { benchArguments, nodeArguments } from './arguments.ts'
import { makeHttpApi, plainRequest } from './http-api.ts'
import { lambdaClient, makeCold, makeFunction, makeRole } from './lambda.ts'
import { drive, openCaller } from './load.ts'
import { cpuOfProcess, cpuOfTree } from './processes.ts'
import { type Server, startLandfall } from './servers.ts'

const given = benchArguments('node bench/functions-peers.ts', {
  ...nodeArguments,
  requests: ['N', 'the length of each round (20,000)'],
  callers: ['N', 'how many wait at once (64)'],
  starts: ['N', 'how many cold starts (15)'],
})
const requests = given.count('requests', 20_000)
const starts = given.count('starts', 15)
const callers = given.count('callers', 64)
const functionName = 'bench'
const body = JSON.stringify({ text: 'x'.repeat(1_000) })
const source = 'exports.handler = async (event) => ({ statusCode: 200, body: event.body })\n'

interface Figures {
  /** Of all processes. */
  readonly cpuMicros: number
  /** Of that, what the process that takes the requests spends. */
  readonly serverMicros: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cold: readonly number[]
}

async function warm({ port, pid }: Server, path: string): Promise<Omit<Figures, 'cold'>> {
  const request = plainRequest(port, path, body)
  const run = (count: number) => drive({ port, callers, requests: count, next: () => request }, pid, cpuOfTree)
  // As many as are measured: the first thousands run code that is not compiled yet, which is half of what they cost.
  await run(requests)
  const before = cpuOfProcess(pid)
  const { p50Ms, p99Ms, cpuMicros, errors } = await run(requests)
  if (errors > 0) throw new Error(`${errors} of ${requests} requests failed`)
  return { cpuMicros, serverMicros: ((cpuOfProcess(pid) - before) * 1e6) / requests, p50Ms, p99Ms }
}

/** How long one request takes, on a connection of its own. */
async function once(port: number, path: string): Promise<number> {
  const caller = await openCaller(port)
  const from = performance.now()
  const answer = await caller.request(plainRequest(port, path, body))
  const tookMs = performance.now() - from
  caller.close()
  if (answer.status !== 200 || answer.body !== body) throw new Error(`answered ${answer.status} ${answer.body}`)
  return tookMs
}

async function landfall(): Promise<Figures> {
  await using node = await startLandfall()
  await makeFunction(node, functionName, await makeRole(node), source)
  const path = await makeHttpApi(node, functionName)
  const figures = await warm(node, path)
  const lambda = lambdaClient(node)
  const cold: number[] = []
  for (let i = 0; i < starts; i++) {
    await makeCold(lambda, functionName, i)
    cold.push(await once(node.port, path))
  }
  lambda.destroy()
  return { ...figures, cold }
}

async function serverlessOffline(): Promise<Figures> {
  const figures = await offline([], (server) => warm(server, '/'))
  // It keeps what serves the next request but for this option.
  const cold = await offline(['--reloadHandler'], async ({ port }) => {
    const times: number[] = []
    for (let i = 0; i < starts; i++) times.push(await once(port, '/'))
    return times
  })
  return { ...figures, cold }
}

async function offline<R>(args: readonly string[], work: (server: Server) => Promise<R>): Promise<R> {
  const packages = await installed('function-peers')
  const folder = await mkdtemp(join(tmpdir(), 'landfall-bench-'))
  const [port, lambdaPort] = [await freePort(), await freePort()]
  await symlink(packages, join(folder, 'node_modules'))
  await writeFile(join(folder, 'index.js'), source)
  await writeFile(
    join(folder, 'serverless.yml'),
    `service: bench
frameworkVersion: '3'
provider: { name: aws, runtime: nodejs20.x }
plugins: [serverless-offline]
functions: { bench: { handler: index.handler, events: [{ httpApi: 'POST /' }] } }
`,
  )
  const ports = ['--host', '127.0.0.1', '--httpPort', String(port), '--lambdaPort', String(lambdaPort)]
  const child = spawn(
    process.execPath,
    [join(packages, 'serverless', 'bin', 'serverless.js'), 'offline', ...ports, '--noTimeout', ...args],
    {
      cwd: folder,
      env: { ...process.env, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const gone = new Promise((resolve) => child.once('exit', resolve))
  try {
    await untilReady(child)
    return await work({ port, pid: child.pid!, [Symbol.asyncDispose]: async () => undefined })
  } finally {
    child.kill('SIGTERM')
    await gone
    await rm(folder, { recursive: true, force: true })
  }
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      text = `${text}${chunk}`.slice(-4_000)
      if (text.includes('Server ready')) resolve()
    })
    child.once('exit', (code) => reject(new Error(`serverless-offline ended with ${code}: ${text}`)))
  })
}

/** Free a moment ago, which is the best that can be had for a program that takes no 0. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Every request is the first of its process. */
async function plainProcess(): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'landfall-bench-'))
  await writeFile(join(folder, 'index.js'), source)
  const call = `require('./index.js').handler({ body: process.argv[1] }).then(({ body }) => process.stdout.write(body))`
  const cold: number[] = []
  const before = cpuOfTree(process.pid)
  for (let i = 0; i < starts * 2; i++) {
    const from = performance.now()
    const { stdout } = spawnSync(process.execPath, ['-e', call, body], { cwd: folder, encoding: 'utf8' })
    cold.push(performance.now() - from)
    if (stdout !== body) throw new Error(`the process answered ${stdout}`)
  }
  const cpuMicros = ((cpuOfTree(process.pid) - before) * 1e6) / cold.length
  await rm(folder, { recursive: true, force: true })
  return { cpuMicros, serverMicros: 0, p50Ms: at(cold, 0.5), p99Ms: at(cold, 0.99), cold }
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const contenders = { Landfall: landfall, 'serverless-offline': serverlessOffline, 'node -e, one each': plainProcess }
const perCpuSecond: Record<string, number> = {}
for (const [name, measure] of Object.entries(contenders)) {
  const { cpuMicros, serverMicros, p50Ms, p99Ms, cold } = await measure()
  perCpuSecond[name] = 1e6 / cpuMicros
  const [p50, p99] = [at(cold, 0.5), at(cold, 0.99)].map((ms) => ms.toFixed(1))
  process.stdout.write(
    `${name}: ${(1e6 / cpuMicros).toFixed(0)} requests per CPU second (${cpuMicros.toFixed(0)} µs each, ` +
      `${serverMicros.toFixed(0)} in the server), p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms; ` +
      `cold p50 ${p50} ms, p99 ${p99} ms\n`,
  )
}
const { Landfall: ours = 0, 'serverless-offline': theirs = 1 } = perCpuSecond
process.stdout.write(`Landfall: ${(ours / theirs).toFixed(1)} × serverless-offline (to reach: ≥ 5)\n`)
