/**
 * `npm run bench:events`: what messages and events cost, in multiples of a bare server's request in the same run (one that
 * verifies a signature and parses 200 bytes of JSON), and how long a message takes through a queue to a function.
 * `--json` for machines, `--only=NAME` for those whose name has it, `--requests=N` for the length of each round.
 */

import { benchArguments, nodeArguments } from './arguments.ts'
import { fanOut, kinesisPut, putEvents } from './event-scenarios.ts'
import { drive } from './load.ts'
import { median } from './median.ts'
import { queueLatency } from './queue-latency.ts'
import { startBare, startLandfall } from './servers.ts'
import { jsonRequest } from './sign.ts'

const given = benchArguments('npm run bench:events --', {
  ...nodeArguments,
  only: ['NAME', 'those whose name has it'],
  requests: ['N', 'the length of each round'],
  json: ['', 'for machines'],
})
const requests = given.count('requests', 5_000)
const only = given.text('only') ?? ''
const json = given.has('json')
const say = (text: string) => process.stdout.write(json ? '' : `${text}\n`)
const rounds = 5

await using bare = await startBare()
await using node = await startLandfall({ env: { LANDFALL_FUNCTION_INSTANCES: '1' } })
const QueueUrl = `http://127.0.0.1:${bare.port}/000000000000/bench`
const plain = jsonRequest(bare.port, 'sqs', 'AmazonSQS.SendMessage', '1.0', { QueueUrl, MessageBody: 'x'.repeat(200) })
const driveBare = (count: number) =>
  drive({ port: bare.port, callers: 64, requests: count, next: () => plain }, bare.pid)

const rows: object[] = []
for (const { name, callers = 64, prepare } of [kinesisPut, putEvents, fanOut]) {
  if (!name.includes(only)) continue
  await using run = await prepare(node)
  const driveOurs = (count: number) => drive({ port: node.port, callers, requests: count, next: run.next }, node.pid)
  await Promise.all([driveOurs(requests * 2), driveBare(requests * 2)])
  const ratios: number[] = []
  const micros: number[] = []
  const perSec: number[] = []
  let errors = 0
  for (let round = 0; round < rounds; round++) {
    const beside = await driveBare(requests)
    const ours = await driveOurs(requests)
    ratios.push(ours.cpuMicros / beside.cpuMicros)
    micros.push(ours.cpuMicros)
    perSec.push(ours.requests / ours.seconds)
    errors += ours.errors
  }
  const row = { name, ratio: median(ratios), cpuMicros: median(micros), perSec: median(perSec), errors }
  rows.push(row)
  say(
    `${name}: CPU ${row.ratio.toFixed(2)} × bare, ${row.cpuMicros.toFixed(0)} µs a request, ${Math.round(row.perSec)}/s${errors > 0 ? `, ${errors} ERRORS` : ''}`,
  )
}
const latency = 'SQS to Lambda'.includes(only) ? await queueLatency(node, Math.min(requests, 500)) : undefined
if (latency) {
  const { p50Ms, p99Ms, warmInvokeMs } = latency
  say(
    `SQS to Lambda: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms; a warm invoke takes ${warmInvokeMs.toFixed(2)} ms (to reach: p50 ≤ that + 5 ms)`,
  )
}
if (json) process.stdout.write(`${JSON.stringify({ rows, latency }, null, 2)}\n`)
