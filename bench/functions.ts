import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { invokeRequest, lambdaClient, makeCold, makeFunction, makeRole } from './lambda.ts'
import { openCaller } from './load.ts'
import { median } from './median.ts'
import type { Scenario } from './scenarios.ts'
import type { Server } from './servers.ts'

const functionName = 'bench'
const payload = JSON.stringify({ text: 'x'.repeat(1_000) })

/** What a node that is measured is told: so many instances at once, for whom requests wait. */
export const instances = { LANDFALL_FUNCTION_INSTANCES: '8' }

/**
 * Invocations of a Node function that answers the 1 KB it is given. The CPU is the server's: what the function's own
 * process spends is the function's. The callers share a few instances: with a process each, two cores would be measured
 * as they change between them.
 */
export const warmInvoke: Scenario = {
  name: 'warm invoke, Node, 1 KB',
  limit: 1.3,
  async prepare(node) {
    await makeFunction(node, functionName, await makeRole(node))
    const request = invokeRequest(node, functionName, payload)
    return { next: () => request, async [Symbol.asyncDispose]() {} }
  },
}

export interface FunctionTimes {
  readonly warmMs: number
  /** The same request to the bare server, and a round trip of the same payload through the pipes of a child process, one after the other. */
  readonly leastMs: number
  readonly coldMs: number
  /** `node -e 0`. */
  readonly nodeMs: number
}

/** How long one caller waits: for a warm function, for one that has to start, and for the least that both come to. */
export async function functionTimes(node: Server, bare: Server): Promise<FunctionTimes> {
  const client = lambdaClient(node)
  const request = invokeRequest(node, functionName, payload)
  const [ours, least, child] = [await openCaller(node.port), await openCaller(bare.port), await openEcho()]
  const timed = async (work: () => Promise<unknown>) => {
    const from = performance.now()
    await work()
    return performance.now() - from
  }
  const invoke = async () => {
    const { status, body } = await ours.request(request)
    if (status !== 200 || body !== payload) throw new Error(`invoke answered ${status} ${body.slice(0, 200)}`)
  }
  for (let i = 0; i < 300; i++) await Promise.all([invoke(), least.request(request), child.roundTrip()])
  const warm: number[] = []
  const bareAndChild: number[] = []
  for (let i = 0; i < 1_000; i++) {
    warm.push(await timed(invoke))
    bareAndChild.push(await timed(() => least.request(request).then(() => child.roundTrip())))
  }
  const cold: number[] = []
  const plain: number[] = []
  for (let i = 0; i < 15; i++) {
    plain.push(await timed(async () => spawnSync(process.execPath, ['-e', '0'])))
    await makeCold(client, functionName, i)
    cold.push(await timed(invoke))
  }
  ours.close()
  least.close()
  child.end()
  client.destroy()
  return { warmMs: median(warm), leastMs: median(bareAndChild), coldMs: median(cold), nodeMs: median(plain) }
}

/** A child process that parses a line of JSON and writes it back. */
async function openEcho(): Promise<{ roundTrip(): Promise<void>; end(): void }> {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      '-e',
      "require('readline').createInterface(process.stdin).on('line', (l) => console.log(JSON.stringify(JSON.parse(l))))",
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  return {
    roundTrip: () =>
      new Promise((resolve) => {
        let length = 0
        const take = (chunk: Buffer) => {
          length += chunk.length
          if (length <= payload.length) return
          child.stdout?.off('data', take)
          resolve()
        }
        child.stdout?.on('data', take)
        child.stdin?.write(`${payload}\n`)
      }),
    end: () => child.kill(),
  }
}
