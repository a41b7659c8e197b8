import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Tx } from '../../kernel/records.ts'
import { type Located, order, type Secret, secret, version } from './state.ts'
import { openValue, type PlainValue, sealValue } from './value.ts'

export const current = 'AWSCURRENT'
export const previous = 'AWSPREVIOUS'
/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const mostVersions = 100
const mostStages = 20

/** Stores a secret whose record changed, in its place and in the orders that lists go by. */
export function store(tx: Tx, before: Located | undefined, next: Secret): void {
  if (before && before.secret.changedAtMs !== next.changedAtMs) {
    tx.delete(order('changed', before.secret.changedAtMs, next.name))
  }
  tx.set(order('created', next.createdAtMs, next.name), true)
  tx.set(order('changed', next.changedAtMs, next.name), true)
  tx.set(secret(next.name), next)
}

/**
 * Adds a version and attaches the stages to it. The same value under the same id is there already, and nothing is
 * changed; another value is refused.
 */
export async function addVersion(
  tx: Tx,
  at: Located,
  versionId: string,
  value: PlainValue,
  stages: readonly string[],
  ctx: Ctx,
): Promise<Secret> {
  const { secret } = at
  const there = await tx.get(version(secret.name, versionId))
  if (there) {
    const same = there.binary === value.binary && Buffer.from(await openValue(ctx, at, there)).equals(value.bytes)
    if (same) return secret
    throw awsError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${secret.name}.`,
    )
  }
  tx.set(version(secret.name, versionId), await sealValue(ctx, at, value))
  // What is first is current, whatever else it is said to be.
  const attached = Object.keys(secret.stages).length === 0 ? [...new Set([current, ...stages])] : stages
  let next: Readonly<Record<string, string>> = secret.stages
  for (const stage of attached) next = attach(next, stage, versionId)
  if (Object.keys(next).length > mostStages) {
    throw awsError('LimitExceededException', `A secret can have at most ${mostStages} staging labels on its versions.`)
  }
  await prune(tx, secret.name, next, versionId)
  return { ...secret, stages: next, changedAtMs: ctx.nowMs }
}

/** Moves a stage to a version. When that is AWSCURRENT, what it leaves becomes AWSPREVIOUS. */
export function attach(
  stages: Readonly<Record<string, string>>,
  stage: string,
  versionId: string,
): Readonly<Record<string, string>> {
  const left = stages[stage]
  const next: Record<string, string> = { ...stages, [stage]: versionId }
  if (stage === current && left !== undefined && left !== versionId) next[previous] = left
  return next
}

/** Versions without a stage are kept until there are too many; of those the oldest goes. */
async function prune(tx: Tx, name: string, stages: Readonly<Record<string, string>>, added: string): Promise<void> {
  const kept = new Set([...Object.values(stages), added])
  let count = 0
  let oldest: { id: string; atMs: number } | undefined
  for await (const { key, value } of tx.range(version.under(name))) {
    count++
    const [, id] = key
    if (!kept.has(id) && (!oldest || value.createdAtMs < oldest.atMs)) oldest = { id, atMs: value.createdAtMs }
  }
  if (count <= mostVersions) return
  if (!oldest) throw awsError('LimitExceededException', `A secret can have at most ${mostVersions} versions.`)
  tx.delete(version(name, oldest.id))
}
