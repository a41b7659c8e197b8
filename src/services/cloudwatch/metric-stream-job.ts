import { parseArn } from '../../kernel/arn.ts'
import { type Job, type JobCtx, Retry } from '../../kernel/delivery.ts'
import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { type MetricMinute, metric, minute, minuteMs, touched, unitsOf } from '../../telemetry/metric-state.ts'
import { lagMs, nextEvaluationMs } from './evaluation-job.ts'
import { type MetricStream, metricStream, streamingService, streams } from './metric-stream-state.ts'
import { statistic } from './statistic.ts'

/** Minutes of metrics that one transaction takes up. */
const batch = 500
/** A record of a Firehose has up to 1,000 KB; smaller ones cost less to repeat. */
const mostPartBytes = 256_000

/**
 * Once a minute: makes parts of JSON lines, for each stream that runs, of the minutes that samples came for since, and
 * leaves them to `bring`, all in the transaction that takes the note of those minutes away. A minute that gets samples
 * later is told again, whole.
 */
export const streamingJob = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run(_: object, { host, scope, signal }: JobCtx) {
    const nowMs = host.clock.nowMs()
    const toMs = Math.floor((nowMs - lagMs) / minuteMs) * minuteMs
    let done = { count: batch, running: true }
    while (!signal.aborted && done.count === batch)
      done = await host.records.write(scope, (tx) => handOn(tx, host, toMs))
    if (done.running || done.count === batch) throw new Retry(nextEvaluationMs(nowMs), 'again', { counts: false })
  },
} satisfies Job<object>

async function handOn(tx: Tx, host: Host, toMs: number): Promise<{ count: number; running: boolean }> {
  const running: MetricStream[] = []
  for await (const { value } of tx.range(metricStream.between([], {}))) if (value.running) running.push(value)
  const lines = new Map<MetricStream, string[]>(running.map((one) => [one, []]))
  let count = 0
  // Where no stream runs any more, what was noted is dropped.
  const noted = touched.between([], running.length > 0 ? { to: [toMs] } : {})
  for await (const { key } of tx.range(noted, { limit: batch })) {
    tx.delete(touched(...key))
    count++
    const [atMs, namespace, name, dimensions] = key
    const about = running.filter((one) => streams(one, namespace, name))
    if (about.length === 0) continue
    const stats = await tx.get(minute(namespace, name, dimensions, atMs))
    const info = await tx.get(metric(namespace, name, dimensions))
    if (!stats || !info) continue
    for (const one of about)
      for (const unit of unitsOf(stats))
        lines.get(one)?.push(lineOf(one, tx, { atMs, namespace, name, dimensions: info.dimensions }, unit))
  }
  for (const [{ name }, all] of lines)
    for (const text of partsOf(all))
      host.deliveries.schedule(tx, { kind: 'cloudwatch:bring', scope: tx.scope, data: { stream: name, text } })
  return { count, running: running.length > 0 }
}

interface Told {
  readonly atMs: number
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-metric-streams-formats-json.html */
function lineOf(stream: MetricStream, { scope }: Tx, { atMs, namespace, name, dimensions }: Told, stats: MetricMinute) {
  const { count, sum, max, min, unit } = stats
  const more = (stream.statistics ?? [])
    .filter(({ metrics }) => metrics.some((one) => one.namespace === namespace && one.name === name))
    .flatMap(({ statistics }) => statistics)
  return JSON.stringify({
    metric_stream_name: stream.name,
    account_id: scope.account,
    region: scope.region,
    namespace,
    metric_name: name,
    dimensions,
    timestamp: atMs,
    value: { count, sum, max, min, ...Object.fromEntries(more.map((asked) => [asked, statistic(asked)(stats)])) },
    unit,
  })
}

function partsOf(lines: readonly string[]): string[] {
  const parts: string[] = []
  let part: string[] = []
  let bytes = 0
  const close = () => {
    if (part.length > 0) parts.push(`${part.join('\n')}\n`)
    part = []
    bytes = 0
  }
  for (const line of lines) {
    const length = Buffer.byteLength(line) + 1
    if (bytes + length > mostPartBytes) close()
    part.push(line)
    bytes += length
  }
  close()
  return parts
}

interface Part {
  readonly stream: string
  /** JSON lines. */
  readonly text: string
}

/** Puts one part to the stream's Firehose, as the stream's role. What can't be put for some hours is dropped, and said. */
export const bringingJob = {
  retry: { attempts: 240, minMs: 1_000, maxMs: 60_000 },
  target: ({ stream }) => stream,
  async run({ stream, text }: Part, { host, scope }: JobCtx) {
    const found = await host.records.read(scope, (tx) => tx.get(metricStream(stream)))
    if (!found) return
    const { region = '', account = '', resource = '' } = parseArn(found.firehoseArn) ?? {}
    const as = (
      await host.assumeRole(found.roleArn, {
        service: streamingService,
        sessionName: 'metric-stream',
        durationSec: 900,
      })
    ).principal
    const input = {
      DeliveryStreamName: resource.slice(resource.indexOf('/') + 1),
      Records: [{ Data: Buffer.from(text) }],
    }
    const answer = await host.invoke<{ FailedPutCount?: number }>('firehose:PutRecordBatch', input, {
      as,
      scope: { account, region },
    })
    if (answer.FailedPutCount) throw new Error(`${found.firehoseArn} did not take the record.`)
  },
  exhausted(_tx, { stream }, error, { host }) {
    host.log.warn('cloudwatch.metric-stream-lost-data', { stream, error: error.message })
  },
} satisfies Job<Part>
