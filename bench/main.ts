/** `npm run bench`: ratios of DESIGN §9, measured side by side in one run. Prints a table; `--json` for machines. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { drive, type Measured } from './load.ts'
import { scenarios } from './scenarios.ts'
import { startBare, startLandfall } from './servers.ts'
import { jsonRequest } from './sign.ts'

interface Row {
  readonly name: string
  readonly measured: Measured
  readonly ratio: number
  readonly limit: number
}

const callers = 64
const requests = Number(process.argv.find((arg) => arg.startsWith('--requests='))?.split('=')[1] ?? 20_000)
const only = process.argv.find((arg) => arg.startsWith('--only='))?.split('=')[1]
const json = process.argv.includes('--json')
const say = (text: string) => process.stdout.write(json ? '' : `${text}\n`)

await using bare = await startBare()
await using node = await startLandfall()

const bareRequest = jsonRequest(bare.port, 'sqs', 'AmazonSQS.SendMessage', '1.0', {
  QueueUrl: `http://127.0.0.1:${bare.port}/000000000000/bench`,
  MessageBody: 'x'.repeat(200),
})
await drive({ port: bare.port, callers, requests: requests / 4, next: () => bareRequest }, bare.pid)
const limit = await drive({ port: bare.port, callers, requests, next: () => bareRequest }, bare.pid)
say(`bare node:http with signature and JSON: ${describe(limit)}`)

const rows: Row[] = []
for (const scenario of scenarios) {
  if (only && !scenario.name.includes(only)) continue
  await using run = await scenario.prepare(node)
  // The bare server again right before, since the machine's speed wanders.
  const beside = await drive({ port: bare.port, callers, requests: requests / 4, next: () => bareRequest }, bare.pid)
  await drive({ port: node.port, callers, requests: Math.min(2_000, requests / 4), next: run.next }, node.pid)
  const measured = await drive(
    { port: node.port, callers, requests: scenario.requests ?? requests, next: run.next },
    node.pid,
  )
  const row = { name: scenario.name, measured, ratio: measured.cpuMicros / beside.cpuMicros, limit: scenario.limit }
  rows.push(row)
  say(`${row.name}: ${describe(measured)}; CPU ${row.ratio.toFixed(2)} × bare (to reach: ≤ ${row.limit})`)
}

const plain = median(Array.from({ length: 7 }, () => timed(() => spawnSync(process.execPath, ['-e', '0']))))
const starts: number[] = []
for (let i = 0; i < 5; i++) {
  await using fresh = await startLandfall()
  starts.push(fresh.readyMs)
}
const start = { readyMs: median(starts), nodeMs: plain, ratio: median(starts) / plain }
say(
  `start to ready, empty data folder: ${start.readyMs.toFixed(0)} ms, ${start.ratio.toFixed(2)} × node -e 0 (to reach: ≤ 2)`,
)

await using idle = await startLandfall()
await new Promise((resolve) => setTimeout(resolve, 3_000))
const idleMb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${idle.pid}/status`, 'utf8'))?.[1]) / 1024
say(`idle memory: ${idleMb.toFixed(0)} MB (to reach: ≤ 90)`)
if (json) process.stdout.write(`${JSON.stringify({ limit, rows, start, idleMb }, null, 2)}\n`)

function describe({ requests: count, seconds, p50Ms, p99Ms, cpuMicros, errors }: Measured): string {
  return `${Math.round(count / seconds)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${cpuMicros.toFixed(0)} µs CPU a request${errors ? `, ${errors} ERRORS` : ''}`
}

function timed(fn: () => void): number {
  const from = performance.now()
  fn()
  return performance.now() - from
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
