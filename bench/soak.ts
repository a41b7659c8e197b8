/**
 * `npm run bench:soak -- [--minutes=60] [--rate=100]`: mixed load at so many requests a second, with what clients do wrong in
 * between: bad requests, connections closed half-way, and function processes killed from outside. Ends with 1 when an answer
 * was another than the client's own doing explains, an acknowledged update is missing, or memory has grown.
 */
import { connect } from 'node:net'
import { benchArguments, nodeArguments } from './arguments.ts'
import { flatness, saidOf } from './flatness.ts'
import { openCaller } from './load.ts'
import { anonymousMb, residentMb, treeOf } from './processes.ts'
import { startLandfall } from './servers.ts'
import { type Action, acknowledgedUpdates, halves, prepareMix, storedUpdates } from './soak-mix.ts'

const given = benchArguments('npm run bench:soak --', {
  ...nodeArguments,
  minutes: ['N', 'how long (60)'],
  rate: ['N', 'requests a second (100)'],
  samples: ['', 'what was sampled of memory, too'],
})
const minutes = given.count('minutes', 60)
const rate = given.count('rate', 100)
const callers = 8
/** Answers that no client's doing explains: how many of each, by action and answer. */
const wrong = new Map<string, number>()
/** When a function's process was killed: its invocation at that time fails, and may. */
let killedAt = Number.NEGATIVE_INFINITY
/** So long after, a request may still have been given to the one that was killed: the node has to hear of it first. */
const unheardMs = 1_000
let requests = 0
const memory: { readonly atMs: number; readonly anonymous: number; readonly resident: number }[] = []

await using node = await startLandfall()
const actions = await prepareMix(node)
const from = performance.now()
const until = from + minutes * 60_000
const sampling = setInterval(sample, 2_000)
const killing = setInterval(killOne, 15_000)
const closing = setInterval(() => closeHalfway(actions), 500)
await Promise.all(Array.from({ length: callers }, (_, caller) => run(caller)))
for (const timer of [sampling, killing, closing]) clearInterval(timer)
report(await storedUpdates(node))

async function run(caller: number): Promise<void> {
  const connection = await openCaller(node.port)
  let due = from + (caller * 1000) / rate
  for (let n = caller; due < until; n++) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    due = Math.max(due, performance.now() - 1_000) + (callers * 1000) / rate
    const action = actions[n % actions.length]!
    const startedAt = performance.now()
    try {
      let answer = await connection.request(action.request(n))
      requests++
      for (let next = action.follow?.(answer); next; next = undefined) {
        answer = await connection.request(next)
        requests++
      }
      const excused = action.runsFunction === true && killedAt + unheardMs >= startedAt
      if (!action.expects(answer) && !excused) note(`${action.name}: ${answer.status} ${answer.body.slice(0, 200)}`)
    } catch (error) {
      note(`${action.name}: ${error}`)
    }
  }
  connection.close()
}

function note(what: string): void {
  if (wrong.size < 50 || wrong.has(what)) wrong.set(what, (wrong.get(what) ?? 0) + 1)
}

function sample(): void {
  memory.push({ atMs: performance.now() - from, anonymous: anonymousMb(node.pid), resident: residentMb(node.pid) })
}

/** A process without children is one that runs, or waits to run, a function's code. */
function killOne(): void {
  const tree = treeOf(node.pid).filter(({ id }) => id !== node.pid)
  const parents = new Set(tree.map(({ stat }) => Number(stat[1])))
  const leaf = tree.findLast(({ id }) => !parents.has(id))
  if (!leaf) return
  killedAt = performance.now()
  process.kill(leaf.id, 'SIGKILL')
}

/** In turns: half a request and no more, and a whole one whose answer nobody waits for. */
function closeHalfway(mix: readonly Action[]): void {
  const { bytes, whole } = halves(mix)
  const socket = connect(node.port, '127.0.0.1', () => {
    socket.write(whole ? bytes : bytes.subarray(0, bytes.length >> 1), () => setTimeout(() => socket.destroy(), 5))
  })
  socket.on('error', () => {}) // the node may be the first to end it
}

function report(stored: number): void {
  const held = flatness(memory.map(({ anonymous }) => anonymous))
  const lost = acknowledgedUpdates() - stored
  const say = (text: string) => process.stdout.write(`${text}\n`)
  say(`${requests} requests in ${minutes} minutes; answers that no client caused: ${wrong.size === 0 ? 'none' : ''}`)
  for (const [what, times] of wrong) say(`  ${times} × ${what}`)
  say(`updates acknowledged and not stored, or the reverse: ${lost}`)
  say(
    `memory (anonymous) ${saidOf(held)}` +
      `; resident with the store's mapped pages ${memory.at(-1)?.resident.toFixed(0)} MB`,
  )
  if (given.has('samples')) say(JSON.stringify(memory))
  if (wrong.size > 0 || lost !== 0 || !held.flat) process.exitCode = 1
}
