import type { LastUpdateStatusReasonCode } from '@aws-sdk/client-lambda'
import type { ContainerImage, ImageProblem } from '../../kernel/container-image.ts'
import type { Job, JobCtx } from '../../kernel/delivery.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { fingerprint } from './configuration.ts'
import { refuseOther, runOf } from './images.ts'
import { functionArn } from './names.ts'
import { dropPackage } from './packages.ts'
import { type Configuration, type FunctionImage, type LambdaFunction, lambdaFunction, version } from './state.ts'
import { changedSincePublished } from './versions.ts'

interface Fetch {
  readonly name: string
  /** Of the `Progress` that this work ends. */
  readonly progressId: string
}

/** Goes with the change that has the function wait for its image: it is fetched, also by the next process, or said not to be had. */
export function fetchImage(tx: Tx, host: Host, data: Fetch): void {
  host.deliveries.schedule(tx, { kind: 'lambda:fetch-image', scope: tx.scope, data })
}

/** Finds the image of a function, pulled for as long as that takes, and says in its versions how that ended. */
export const imageJob: Job<Fetch> = {
  // About two minutes: a registry that does not answer for longer is the reason that is told.
  retry: { attempts: 6, minMs: 1_000, maxMs: 60_000 },
  concurrency: 16,
  async run(data, ctx) {
    const { host, scope } = ctx
    const waiting = await host.records.read(scope, (tx) => waitingFor(tx, data))
    // Deleted, or ended by an attempt that could not say so any more.
    if (!waiting?.configuration.image) return
    const { image, architecture } = waiting.configuration
    const { found, uri } = image
    const got = await host.functions.image(uri, { id: found?.id, signal: ctx.signal })
    const answer = 'problem' in got ? got : checked({ ...image, found: found ?? got }, architecture)
    await host.records.write(scope, (tx) => end(tx, data, answer, ctx))
    host.functions.retire(functionArn({ scope, name: data.name }))
  },
  exhausted: (tx, data, { message }, ctx) => end(tx, data, { problem: 'InternalError', message }, ctx),
}

type Problem = ImageProblem | { readonly problem: LastUpdateStatusReasonCode; readonly message: string }

function checked(image: FunctionImage & { readonly found: ContainerImage }, architecture: string) {
  try {
    refuseOther(image.uri, image.found, architecture)
    runOf(image)
    return image.found
  } catch (error) {
    if (!isAwsError(error)) throw error
    return { problem: 'InvalidImage', message: error.message } as const
  }
}

interface Waiting {
  readonly record: LambdaFunction
  readonly configuration: Configuration
  /** The version that was published of it when it was asked for. */
  readonly published?: { readonly number: number; readonly configuration: Configuration } | undefined
}

/** What waits for the image; undefined: nothing does any more. */
async function waitingFor(tx: ReadTx, { name, progressId }: Fetch): Promise<Waiting | undefined> {
  const record = await tx.get(lambdaFunction(name))
  const configuration = record?.upcoming ?? record?.latest
  if (!record || !configuration || !isWaiting(configuration, progressId)) return undefined
  const last = await tx.get(version(name, record.lastVersion))
  const published =
    last && isWaiting(last, progressId) ? { number: record.lastVersion, configuration: last } : undefined
  return { record, configuration, published }
}

const isWaiting = ({ progress }: Configuration, id: string) => progress?.id === id && !progress.failed

async function end(
  anywhere: Tx,
  data: Fetch,
  answer: ContainerImage | Problem,
  { host, scope }: Pick<JobCtx, 'host' | 'scope'>,
): Promise<void> {
  const tx = anywhere.in(scope)
  const waiting = await waitingFor(tx, data)
  if (!waiting) return
  const { record, configuration, published } = waiting
  const ended = (before: Configuration): Configuration => ({
    ...('problem' in answer ? failed(before, answer) : withImage(before, answer)),
    // As of any change: who has read the one before has not seen how it ended.
    revisionId: host.ids.uuid(),
  })
  const isUpdate = record.upcoming !== undefined
  const { upcoming: _, ...before } = record
  // What is published next must not be taken for a version that failed.
  const rest = published && 'problem' in answer ? { ...before, lastPublished: undefined } : before
  if (published) tx.set(version(data.name, published.number), ended(published.configuration))
  if (isUpdate && 'problem' in answer) {
    // What it was goes on, and says what became of the update.
    await dropPackage(tx, configuration.code, host)
    tx.set(lambdaFunction(data.name), {
      ...rest,
      latest: ended({ ...record.latest, progress: configuration.progress }),
    })
    return
  }
  const latest = ended(configuration)
  if ('problem' in answer) {
    tx.set(lambdaFunction(data.name), { ...rest, latest })
    return
  }
  if (isUpdate) await dropPackage(tx, record.latest.code, host)
  const lastPublished = published && { version: String(published.number), fingerprint: fingerprint(latest) }
  const since = lastPublished ? { lastPublished } : isUpdate ? changedSincePublished(record, latest) : {}
  tx.set(lambdaFunction(data.name), { ...rest, latest, ...since })
  prepare(tx, host, data.name)
}

function withImage({ progress: _, ...before }: Configuration, found: ContainerImage): Configuration {
  const { image, code } = before
  return { ...before, image: image && { ...image, found }, code: { ...code, sha256: found.sha256 } }
}

function failed(before: Configuration, { problem, message }: Problem): Configuration {
  return before.progress
    ? { ...before, progress: { ...before.progress, failed: { code: problem, reason: message } } }
    : before
}

/** Has what the function now is loaded ahead of its first request. */
export function prepare(tx: Tx, host: Host, name: string): void {
  host.deliveries.schedule(tx, { kind: 'lambda:prepare', scope: tx.scope, data: { name } })
}
