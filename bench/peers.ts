/**
 * `npm run bench:peers`: Landfall beside what else answers to the same clients, on the same machine in the same run, sent
 * the same requests in turns. Ours writes every change to disk before it answers, theirs do as they come. For HTTP functions
 * see functions-peers.ts. `--only=NAME` takes the scenarios whose name has it, `--peer=NAME` one peer, `--json` prints for
 * machines. What a peer needs and is not there (Java, Maven, Go, Python) leaves that peer out, and is said.
 */
import { benchArguments, nodeArguments } from './arguments.ts'
import { fanOut, kinesisPut } from './event-scenarios.ts'
import { drive, type Measured } from './load.ts'
import { type Peer, peers } from './peer-programs.ts'
import { s3Scenarios } from './peer-scenarios.ts'
import { cpuOfTree } from './processes.ts'
import { type Prepared, type Scenario, scenarios } from './scenarios.ts'
import { type Server, startBare, startLandfall } from './servers.ts'

const given = benchArguments('npm run bench:peers --', {
  ...nodeArguments,
  only: ['NAME', 'the scenarios whose name has it'],
  peer: ['NAME', 'one peer'],
  json: ['', 'for machines'],
})
const json = given.has('json')
const say = (text: string) => process.stdout.write(json ? '' : `${text}\n`)
const rounds = 3
/** So many requests, or so long where they take longer. */
const round = { requests: 4_000, seconds: 2 }
/** CPU is told in hundredths of a second, too coarse for fewer of these. */
const answeringRound = { ...round, requests: 20_000 }
/** Before the rounds, until compilers have done their work. */
const warmUp = { requests: 20_000, seconds: 8 }

type PeerScenario = Pick<Scenario, 'name' | 'callers' | 'prepare'>
const services: Readonly<Record<string, readonly PeerScenario[]>> = {
  dynamodb: scenarios.filter(({ name }) => name.startsWith('DynamoDB')),
  sqs: scenarios.filter(({ name }) => name.startsWith('SQS')),
  s3: s3Scenarios,
  sns: [fanOut],
  kinesis: [kinesisPut],
}

interface Side {
  readonly name: string
  readonly server: Server
  readonly peer?: Peer
}

interface Row {
  readonly what: string
  readonly program: string
  readonly keeps: string
  readonly perCpuSecond: number
  readonly p99Ms: number
  readonly errors: number
  /** Ours in multiples of theirs, and what is to be reached. */
  readonly ahead?: number
  readonly toReach?: number
}

const rows: Row[] = []
await using node = await startLandfall()
// What no server under node:http can be quicker than: a goal beyond it is not to be had.
await using answering = await startBare({ answerOnly: true })
for (const [service, all] of Object.entries(services)) {
  const wanted = all.filter(({ name }) => name.includes(given.text('only') ?? ''))
  if (wanted.length === 0) continue
  await using stack = new AsyncDisposableStack()
  const sides: Side[] = [
    { name: 'Landfall', server: node },
    { name: 'node:http that only answers', server: answering },
  ]
  for (const peer of peers) {
    if (!peer.services.includes(service) || !peer.name.includes(given.text('peer') ?? '')) continue
    try {
      sides.push({ name: peer.name, server: stack.use(await peer.start()), peer })
    } catch (error) {
      say(`${peer.name} is left out: ${String(error).split('\n')[0]}`)
    }
  }
  for (const scenario of wanted) await measure(scenario, sides)
}
if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)

async function measure({ name, callers = 64, prepare }: PeerScenario, sides: readonly Side[]): Promise<void> {
  const ready: { readonly side: Side; readonly next: Prepared['next']; readonly measured: Measured[] }[] = []
  const run = ({ side: { server }, next }: (typeof ready)[number], length: typeof round) =>
    drive({ port: server.port, callers, ...length, next }, server.pid, cpuOfTree)
  for (const side of sides) {
    try {
      // What only answers is sent what Landfall is, which is the first.
      const next =
        side.server === answering
          ? ready[0]!.next
          : (await prepare(side.server, { backlog: 20_000, ...side.peer })).next
      ready.push({ side, next, measured: [] })
      await run(ready.at(-1)!, warmUp)
    } catch (error) {
      if (ready.at(-1)?.side === side) ready.pop()
      say(`${name}: ${side.name} is left out: ${String(error).slice(0, 200)}`)
    }
  }
  for (let first = 0; first < rounds; first++) {
    // Another one begins each time.
    for (let turn = 0; turn < ready.length; turn++) {
      const contender = ready[(turn + first) % ready.length]!
      contender.measured.push(await run(contender, contender.side.server === answering ? answeringRound : round))
    }
  }
  const middles = ready.map(({ side, measured }) => ({
    side,
    ...measured.toSorted((a, b) => a.cpuMicros - b.cpuMicros)[rounds >> 1]!,
  }))
  const ours = middles.find(({ side }) => side.server === node)
  for (const { side, cpuMicros, p99Ms, errors } of middles) {
    const against = side.peer && ours && { ahead: cpuMicros / ours.cpuMicros, toReach: side.peer.toReach }
    const keeps = side.peer?.keeps ?? (side === ours?.side ? 'on disk, synced' : 'nothing')
    rows.push({ what: name, program: side.name, keeps, perCpuSecond: 1e6 / cpuMicros, p99Ms, errors, ...against })
    say(described(rows.at(-1)!))
  }
}

function described({ what, program, keeps, perCpuSecond, p99Ms, errors, ahead, toReach }: Row): string {
  const figures = `${perCpuSecond.toFixed(0)} | ${p99Ms.toFixed(1)} ms${errors > 0 ? ` (${errors} ERRORS)` : ''}`
  return `| ${what} | ${program} | ${keeps} | ${figures} | ${ahead === undefined ? '' : `${ahead.toFixed(1)} (≥ ${toReach})`} |`
}
