/**
 * `npm run bench:functions-soak -- [--hours=10] [--rate=10]`: as many invocations as a function has in so many hours at so
 * many a second, one after the other as fast as they are answered, while the node's clock is moved by a minute for each
 * minute's worth: instances end as their credentials age, and those of a second function, which is called every eleven
 * minutes, as they idle. Ends with 1 when an answer is wrong or the memory of node or instances has grown.
 */
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { benchArguments, nodeArguments } from './arguments.ts'
import { flatness, saidOf } from './flatness.ts'
import { invokeRequest, makeFunction, makeRole, settings } from './lambda.ts'
import { openCaller } from './load.ts'
import { anonymousMb, treeOf } from './processes.ts'
import { startLandfall } from './servers.ts'

const given = benchArguments('npm run bench:functions-soak --', {
  ...nodeArguments,
  hours: ['N', 'of how many hours the invocations are (10)'],
  rate: ['N', 'invocations a second (10)'],
  samples: ['', 'what was sampled of memory, too'],
})
const minutes = given.count('hours', 10) * 60
const perMinute = given.count('rate', 10) * 60
const callers = 4
/** Longer than an instance without work is kept. */
const seldomMinutes = 11

/** Each instance has a name of its own. */
const source = `const name = require('crypto').randomUUID()
exports.handler = async (event) => { console.log('at work'); return { name, event } }`

/** V8 takes room for garbage for as long as there is some: with little of it, what grows is what is kept. */
const smallHeap = '--max-old-space-size=128 --max-semi-space-size=4'

await using node = await startLandfall({ env: { NODE_OPTIONS: smallHeap } })
const iam = new IAMClient(settings(node))
const role = await makeRole(node)
const PolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }],
})
await iam.send(new PutRolePolicyCommand({ RoleName: 'bench', PolicyName: 'logs', PolicyDocument }))
iam.destroy()
for (const name of ['often', 'seldom']) await makeFunction(node, name, role, source)

const seen = { often: new Set<string>(), seldom: new Set<string>() }
const wrong: string[] = []
let invocations = 0
const connections = await Promise.all(Array.from({ length: callers }, () => openCaller(node.port)))
const invoke = async (name: keyof typeof seen, caller = connections[0]!) => {
  const { status, body } = await caller.request(invokeRequest(node, name, '{"n":1}'))
  invocations++
  const instance = status === 200 && /^\{"name":"([^"]+)","event":\{"n":1\}\}$/.exec(body)?.[1]
  if (instance) seen[name].add(instance)
  else wrong.push(`${name}: ${status} ${body.slice(0, 200)}`)
}

const ofNode: number[] = []
const ofInstances: number[] = []
for (let minute = 0; minute < minutes; minute++) {
  let left = perMinute
  await Promise.all(
    connections.map(async (caller) => {
      while (left-- > 0) await invoke('often', caller)
    }),
  )
  if (minute % seldomMinutes === 0) await invoke('seldom')
  const moved = await fetch(`http://127.0.0.1:${node.port}/_landfall/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceMs: 60_000 }),
  })
  if (!moved.ok) throw new Error(`the clock was not moved: ${await moved.text()}`)
  sample()
  if (given.has('samples') && minute % 10 === 0)
    process.stdout.write(`${minute} ${ofNode.at(-1)?.toFixed(0)} ${ofInstances.at(-1)?.toFixed(0)} ${wrong.length}\n`)
}
for (const connection of connections) connection.close()
report()

function sample(): void {
  ofNode.push(anonymousMb(node.pid))
  let sum = 0
  for (const { id } of treeOf(node.pid)) {
    try {
      // One that is ending holds nothing any more.
      if (id !== node.pid) sum += anonymousMb(id) || 0
    } catch {} // ended meanwhile
  }
  ofInstances.push(sum)
}

function report(): void {
  const say = (text: string) => process.stdout.write(`${text}\n`)
  say(`${invocations} invocations, ${minutes / 60} hours by the node's clock; wrong answers: ${wrong.length || 'none'}`)
  for (const what of wrong.slice(0, 10)) say(`  ${what}`)
  say(
    `instances: ${seen.often.size} of the busy function, ${seen.seldom.size} of the one called every ${seldomMinutes} minutes`,
  )
  const figures = [flatness(ofNode), flatness(ofInstances)] as const
  say(`memory (anonymous) of the node ${saidOf(figures[0])}`)
  say(`memory (anonymous) of all instances and spares ${saidOf(figures[1])}`)
  if (wrong.length > 0 || figures.some(({ flat }) => !flat)) process.exitCode = 1
}
