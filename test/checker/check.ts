import { SQSClient } from '@aws-sdk/client-sqs'
import { killableNode } from '../crash/killable.ts'
import { invokeSource, shardSource, streamSource } from './function-sources.ts'
import { httpSource } from './http-source.ts'
import { bucketSource, busSource, queueSource, ruleSource, topicSource } from './message-sources.ts'
import { createMischief } from './mischief.ts'
import { queuePipeSource, shardPipeSource } from './pipe-sources.ts'
import { judge, type Verdict } from './promises.ts'
import { ruleCheck, scheduleCheck } from './schedule.ts'
import { startTraffic } from './traffic.ts'

export interface CheckOptions {
  readonly seed: number
  /** How long events are sent and the node is mistreated; bringing what is left takes as long as it arrives, and up to two minutes more. */
  readonly forMs: number
  /** Between one event of a lane and the next. */
  readonly everyMs: number
}

export interface Report {
  readonly seed: number
  readonly mischief: readonly string[]
  readonly verdicts: readonly Verdict[]
}

const betweenMs = 1_500
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs every source of events while its node is killed, meets faults and has its clock moved; then counts. */
export async function check({ seed, forMs, everyMs }: CheckOptions): Promise<Report> {
  await using node = await killableNode()
  await using posted = await httpSource(node)
  const sources = [
    await queueSource(node, false),
    await queueSource(node, true),
    await topicSource(node, false),
    await topicSource(node, true),
    posted,
    await ruleSource(node),
    await bucketSource(node),
    await busSource(node),
    await streamSource(node),
    await shardSource(node),
    await invokeSource(node),
    await queuePipeSource(node),
    await shardPipeSource(node),
  ]
  const schedules = [await ruleCheck(node), await scheduleCheck(node)]
  const traffic = sources.map((source) => startTraffic(source, node.client(SQSClient), everyMs))
  const mischief = createMischief(node, seed)
  const endMs = performance.now() + forMs
  while (performance.now() < endMs) {
    await mischief.next()
    await pause(betweenMs)
    await mischief.mend()
  }
  await mischief.mend()
  await mischief.end()
  await Promise.all(traffic.map((one) => one.stopSending()))
  // What waits to be tried again has its time come; short of the ages at which sources give up. As long as something
  // arrives there is no need: on a busy machine consumers are far behind.
  const arrived = () => traffic.reduce((sum, one) => sum + one.history().arrivals.length, 0)
  for (let turn = 0, before = -1; turn < 100 && !traffic.every((one) => one.isComplete()); ) {
    const now = arrived()
    if (now === before) {
      turn++
      await mischief.advance(60_000)
    }
    before = now
    await pause(500)
  }
  const minutes = await Promise.all(schedules.map((one) => one.verdict()))
  await Promise.all(traffic.map((one) => one.stopReceiving()))
  return { seed, mischief: mischief.done, verdicts: [...traffic.map((one) => judge(one.history())), ...minutes] }
}
