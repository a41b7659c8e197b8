/**
 * `npm run bench`: the ratios of DESIGN §9 that concern what there is, measured side by side in one run. Prints a line each;
 * `--json` for machines, `--only=NAME` for those whose name has it, `--requests=N` for the length of each.
 */

import { spawnSync } from 'node:child_process'
import { benchArguments, nodeArguments } from './arguments.ts'
import { functionTimes, instances, warmInvoke } from './functions.ts'
import { drive, type Measured } from './load.ts'
import { median } from './median.ts'
import { residentMb } from './processes.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { startBare, startLandfall } from './servers.ts'
import { jsonRequest } from './sign.ts'

interface Row {
  readonly name: string
  readonly limit: number
  /** CPU per request in multiples of the bare server's: of each round, and their median. */
  readonly ratios: readonly number[]
  readonly ratio: number
  readonly ours: Measured
  readonly bare: Measured
}

const given = benchArguments('npm run bench --', {
  ...nodeArguments,
  only: ['NAME', 'those whose name has it'],
  requests: ['N', 'the length of each'],
  json: ['', 'for machines'],
})
const requests = given.count('requests', 30_000)
const only = given.text('only')
const json = given.has('json')
const say = (text: string) => process.stdout.write(json ? '' : `${text}\n`)
const wanted = (name: string) => only === undefined || name.includes(only)
const rounds = 7
/** Until V8 has compiled what is hot: both sides get the same. */
const warmUp = 30_000

await using bare = await startBare()
await using node = await startLandfall({ env: instances })
const bareRequest = jsonRequest(bare.port, 'sqs', 'AmazonSQS.SendMessage', '1.0', {
  QueueUrl: `http://127.0.0.1:${bare.port}/000000000000/bench`,
  MessageBody: 'x'.repeat(200),
})
await drive({ port: bare.port, callers: 64, requests: warmUp, next: () => bareRequest }, bare.pid)

const rows: Row[] = []
for (const scenario of [...scenarios, warmInvoke]) if (wanted(scenario.name)) rows.push(await measure(scenario))

const functions = wanted(warmInvoke.name) ? await functionTimes(node, bare) : undefined
if (functions) {
  const { warmMs, leastMs, coldMs, nodeMs } = functions
  const coldMore = coldMs - warmMs
  say(
    `warm invoke, one caller: ${warmMs.toFixed(2)} ms, ${(warmMs / leastMs).toFixed(2)} × a bare request and a child process' round trip (to reach: ≤ 1.3)`,
  )
  say(
    `cold start: ${coldMore.toFixed(1)} ms over warm, ${(coldMore / nodeMs).toFixed(2)} × node -e 0 (to reach: ≤ 10 ms, ≤ 0.1)`,
  )
}

const start = wanted('start') ? await startTimes() : undefined
if (start) {
  say(
    `start to ready, empty data folder: ${start.readyMs.toFixed(0)} ms, ${start.ratio.toFixed(2)} × node -e 0 (to reach: ≤ 2)`,
  )
}

const idleMb = wanted('idle') ? await idleMemory() : undefined
if (idleMb !== undefined) say(`idle memory: ${idleMb.toFixed(0)} MB (to reach: ≤ 90)`)
if (json) process.stdout.write(`${JSON.stringify({ rows, functions, start, idleMb }, null, 2)}\n`)

/** Both servers in turns, a round each: the machine's speed wanders, and the ratio within a round wanders less. */
async function measure({ name, limit, callers = 64, prepare }: Scenario): Promise<Row> {
  await using run = await prepare(node)
  const driveOurs = (count: number) => drive({ port: node.port, callers, requests: count, next: run.next }, node.pid)
  await driveOurs(warmUp)
  // The same bytes: bare verifies the same signature and parses the same JSON. What they say is nothing to it.
  const driveBare = (count: number) =>
    drive({ port: bare.port, callers, requests: count, next: (n) => run.next(n, undefined) }, bare.pid)
  await driveBare(callers * 20)
  const count = Math.ceil(requests / rounds)
  const measured: { ours: Measured; bare: Measured; ratio: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const beside = await driveBare(count)
    const ours = await driveOurs(count)
    measured.push({ ours, bare: beside, ratio: ours.cpuMicros / beside.cpuMicros })
  }
  measured.sort((a, b) => a.ratio - b.ratio)
  const middle = measured[rounds >> 1]!
  const ratios = measured.map(({ ratio }) => ratio)
  say(
    `${name}: CPU ${middle.ratio.toFixed(2)} × bare (${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}; to reach: ≤ ${limit}); ` +
      `${describe(middle.ours)}; bare: ${describe(middle.bare)}`,
  )
  return { name, limit, ratios, ...middle }
}

async function startTimes() {
  const plain: number[] = []
  const ready: number[] = []
  for (let i = 0; i < 11; i++) {
    const from = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    plain.push(performance.now() - from)
    await using fresh = await startLandfall()
    ready.push(fresh.readyMs)
  }
  const [readyMs, nodeMs] = [median(ready), median(plain)]
  return { readyMs, nodeMs, ratio: median(ready.map((ms, i) => ms / plain[i]!)) }
}

async function idleMemory(): Promise<number> {
  await using idle = await startLandfall()
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  return residentMb(idle.pid)
}

function describe({ requests: count, seconds, p50Ms, p99Ms, cpuMicros, errors }: Measured): string {
  return `${cpuMicros.toFixed(0)} µs CPU a request, ${Math.round(count / seconds)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms${errors ? `, ${errors} ERRORS` : ''}`
}
