/**
 * `npm run bench:growth`: does an operation cost more, a start take longer or a node hold more memory when there is much in
 * it? Two nodes, one that holds little of everything and one that holds a lot, take turns in one run. `--items=N`,
 * `--objects=N`, `--messages=N`, `--schedules=N` and `--functions=N` say how much a lot is, `--only=NAME` which operations are
 * measured, `--json` prints for machines.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchArguments, nodeArguments } from './arguments.ts'
import { type Contents, fill, type GrowthLoad, growthLoads } from './growth-loads.ts'
import { drive } from './load.ts'
import { median } from './median.ts'
import { anonymousMb } from './processes.ts'
import { type Landfall, startLandfall } from './servers.ts'

const given = benchArguments('npm run bench:growth --', {
  ...nodeArguments,
  only: ['NAME', 'the operations whose name has it'],
  items: ['N', 'how many items a lot is (1,000,000)'],
  objects: ['N', 'how many objects (300,000)'],
  messages: ['N', 'how many messages (1,000,000)'],
  schedules: ['N', 'how many schedules (100,000)'],
  functions: ['N', 'how many functions (2,000)'],
  json: ['', 'for machines'],
})
const { count } = given
const json = given.has('json')
const say = (text: string) => process.stdout.write(json ? '' : `${text}\n`)
const rounds = 5
/**
 * Requests and not seconds, the same for both: V8 compiles what has run often, so the node that is slower would have run
 * less compiled code, and its compiling would be shared by fewer requests.
 */
const requestsAtFirst = 8_000
const requestsOfRound = 3_000

interface Side {
  readonly folder: string
  readonly holds: Contents
}
const folder = () => mkdtempSync(join(tmpdir(), 'landfall-growth-'))
const little: Side = {
  folder: folder(),
  holds: { items: 10_000, objects: 10_000, messages: 20_000, schedules: 100, functions: 20 },
}
const lot: Side = {
  folder: folder(),
  holds: {
    items: count('items', 1_000_000),
    objects: count('objects', 300_000),
    messages: count('messages', 1_000_000),
    schedules: count('schedules', 100_000),
    functions: count('functions', 2_000),
  },
}

try {
  await filled(little)
  await filled(lot)
  const starts = await startTimes()
  say(
    `start to ready: ${starts.ratio.toFixed(2)} × (${starts.little.toFixed(0)} and ${starts.lot.toFixed(0)} ms; to reach: ≤ 2)`,
  )
  await using few = await startLandfall(little)
  await using many = await startLandfall(lot)
  const idle = memory(few, many)
  const costs = []
  for (const load of growthLoads) {
    if (load.name.includes(given.text('only') ?? '')) costs.push(await cost(load, few, many))
  }
  const worked = memory(few, many)
  say(`memory after the start: ${described(idle)}; after this load: ${described(worked)}`)
  if (json) process.stdout.write(`${JSON.stringify({ holds: lot.holds, starts, costs, idle, worked }, null, 2)}\n`)
} finally {
  for (const side of [little, lot]) rmSync(side.folder, { recursive: true, force: true })
}

async function filled(side: Side): Promise<void> {
  await using node = await startLandfall(side)
  await fill(node, side.holds, side === lot ? say : () => {})
}

/** CPU of an operation on the node that holds a lot, in multiples of the same on the other: the median of the rounds. */
async function cost({ name, prepare, callers = 64, toReach = 1.3 }: GrowthLoad, few: Landfall, many: Landfall) {
  const sides = [
    { node: few, next: prepare(few, little.holds) },
    { node: many, next: prepare(many, lot.holds) },
  ]
  const run = async ({ node, next }: (typeof sides)[number], requests: number) => {
    const { cpuMicros, errors } = await drive({ port: node.port, callers, requests, next }, node.pid)
    if (errors > 0) throw new Error(`${name}: ${errors} errors`)
    return cpuMicros
  }
  for (const side of sides) await run(side, requestsAtFirst)
  const measured: { ratio: number; little: number; lot: number }[] = []
  for (let round = 0; round < rounds; round++) {
    // Who is first changes: whoever is second finds a warmer or busier machine.
    const order = round % 2 === 0 ? sides : sides.toReversed()
    const spent = new Map<Landfall, number>()
    for (const side of order) spent.set(side.node, await run(side, requestsOfRound))
    const [onLittle, onLot] = [spent.get(few)!, spent.get(many)!]
    measured.push({ little: onLittle, lot: onLot, ratio: onLot / onLittle })
  }
  measured.sort((a, b) => a.ratio - b.ratio)
  const middle = measured[rounds >> 1]!
  say(
    `${name}: CPU ${middle.ratio.toFixed(2)} × (${measured[0]!.ratio.toFixed(2)} to ${measured.at(-1)!.ratio.toFixed(2)}; ` +
      `${middle.little.toFixed(0)} and ${middle.lot.toFixed(0)} µs; to reach: ≤ ${toReach})`,
  )
  return { name, ...middle, ratios: measured.map(({ ratio }) => ratio) }
}

async function startTimes() {
  const times: { little: number; lot: number }[] = []
  const ready = async (side: Side) => {
    await using node = await startLandfall(side)
    return node.readyMs
  }
  for (let i = 0; i < 7; i++) times.push({ little: await ready(little), lot: await ready(lot) })
  return {
    little: median(times.map((time) => time.little)),
    lot: median(times.map((time) => time.lot)),
    ratio: median(times.map((time) => time.lot / time.little)),
  }
}

function memory(few: Landfall, many: Landfall) {
  return { little: anonymousMb(few.pid), lot: anonymousMb(many.pid) }
}

function described({ little, lot }: ReturnType<typeof memory>): string {
  return `${little.toFixed(0)} and ${lot.toFixed(0)} MB (${(lot / little).toFixed(2)} ×)`
}
