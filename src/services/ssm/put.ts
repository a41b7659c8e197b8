import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import { parameterEvent } from './announce.ts'
import type { Api } from './api.ts'
import { checkName, invalid, parameterArn } from './names.ts'
import { parsePolicies } from './policies.ts'
import { type Parameter, type ParameterTier, parameter, total, type Version, version } from './state.ts'
import { checkTags } from './tags.ts'
import { defaultKey, sealValue } from './values.ts'

type Put = InputFor<Api, 'PutParameter'>

/** https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const limits = {
  Standard: { bytes: 4_096, parameters: 10_000 },
  Advanced: { bytes: 8_192, parameters: 100_000 },
} as const
const mostVersions = 100
const patternTimeoutMs = 1_000

/** Making parameters and their next versions. */
export const putting = operations<Api>()({
  PutParameter: {
    authorize({ Name, Tags, Overwrite }, ctx) {
      const resource = parameterArn(ctx.scope, Name.trim())
      const context = { 'ssm:Overwrite': Overwrite ?? false, ...requestTags(tagsOfList(Tags)) }
      const putting = { action: 'ssm:PutParameter', resource, context }
      return Tags && Tags.length > 0 ? [putting, { action: 'ssm:AddTagsToResource', resource, context }] : [putting]
    },
    async write(tx, input, ctx) {
      const name = input.Name.trim()
      checkName(name, ctx.scope)
      const before = await tx.get(parameter(name))
      const previous = before && (await tx.get(version(name, before.version)))
      const next = await nextVersion(input, name, previous, ctx)
      if (!before) {
        await countOne(tx, next.tier)
      } else if (before.tier !== next.tier) {
        await countOne(tx, next.tier)
        tx.add(total(before.tier), -1)
      }
      const number = (before?.version ?? 0) + 1
      const oldest = before ? await dropOldest(tx, before) : 1
      const made: Parameter = {
        name,
        version: number,
        oldest,
        tier: next.tier,
        tags: before?.tags ?? tagsOfList(input.Tags),
      }
      checkTags(made.tags)
      tx.set(parameter(name), made)
      tx.set(version(name, number), next)
      expire(tx, name, next, ctx)
      await ctx.host.announce(tx, parameterEvent(ctx.scope, name, before ? 'Update' : 'Create', next))
      return { Version: number, Tier: next.tier }
    },
  },
})

async function nextVersion(input: Put, name: string, previous: Version | undefined, ctx: Ctx): Promise<Version> {
  const { Type = previous?.type, Value, Overwrite = false, DataType = 'text', Tags, KeyId } = input
  if (previous && !Overwrite) {
    throw awsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    )
  }
  if (Overwrite && Tags && Tags.length > 0) {
    throw invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    )
  }
  if (!Type) throw invalid('A parameter type is required when you create a parameter.')
  if (previous && previous.type !== Type) {
    throw awsError(
      'HierarchyTypeMismatchException',
      `The type of a parameter can't be changed from ${previous.type} to ${Type}. Delete it and make a new one.`,
    )
  }
  if (DataType !== 'text') throw invalid(`The DataType ${DataType} is not supported by Landfall. Use text.`)
  if (KeyId !== undefined && Type !== 'SecureString')
    throw invalid('KeyId is required for SecureString type parameter only.')
  const allowedPattern = input.AllowedPattern ?? previous?.allowedPattern
  await checkValue(Value, allowedPattern, ctx)
  const policies = input.Policies ?? previous?.policies
  const tier = chooseTier(input, previous, policies)
  if (input.Policies !== undefined) parsePolicies(input.Policies, ctx.nowMs)
  const keyId = Type === 'SecureString' ? (KeyId ?? previous?.keyId ?? defaultKey) : undefined
  return {
    type: Type,
    value: keyId === undefined ? { plain: Value } : await sealValue(ctx, name, Value, keyId),
    keyId,
    description: input.Description ?? previous?.description,
    allowedPattern,
    tier,
    policies,
    modifiedAtMs: ctx.nowMs,
    modifiedBy: ctx.principal.arn,
    labels: [],
  }
}

async function checkValue(value: string, pattern: string | undefined, ctx: Ctx): Promise<void> {
  if (value === '') throw invalid('Parameter value: it must have 1 character at least.')
  if (value.includes('{{'))
    throw invalid("Parameter value: a value can't contain a reference to another parameter ({{}}).")
  if (!pattern) return
  // A user's expression may backtrack without end, so it runs beside, and bounded.
  const found = await ctx.host.workers
    .run<boolean>('matches', { pattern, text: value }, { timeoutMs: patternTimeoutMs })
    .catch((error: unknown) => {
      throw awsError(
        'InvalidAllowedPatternException',
        `AllowedPattern ${pattern} can't be used: ${(error as Error).message}`,
      )
    })
  if (!found) {
    throw awsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    )
  }
}

/** An advanced parameter stays one; Intelligent-Tiering takes the lesser that will do. */
function chooseTier({ Tier, Value }: Put, previous: Version | undefined, policies: string | undefined): ParameterTier {
  const bytes = Buffer.byteLength(Value)
  if (bytes > limits.Advanced.bytes) {
    throw invalid(`Advanced tier parameters support a maximum parameter value of ${limits.Advanced.bytes} characters.`)
  }
  if (Tier === 'Standard' && previous?.tier === 'Advanced') {
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    )
  }
  if (Tier === 'Advanced' || previous?.tier === 'Advanced') return 'Advanced'
  const needsAdvanced = bytes > limits.Standard.bytes || policies !== undefined
  if (!needsAdvanced) return 'Standard'
  if (Tier === 'Intelligent-Tiering') return 'Advanced'
  if (bytes > limits.Standard.bytes) {
    throw invalid(
      `Standard tier parameters support a maximum parameter value of ${limits.Standard.bytes} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.`,
    )
  }
  throw invalid('Policies are for parameters of the Advanced tier. Set Tier to Advanced.')
}

async function countOne(tx: Tx, tier: ParameterTier): Promise<void> {
  if ((await tx.snapshot.count(total(tier))) >= limits[tier].parameters) {
    throw awsError(
      'ParameterLimitExceeded',
      `An account can have ${limits[tier].parameters} ${tier} parameters in a Region. Delete some, or use another tier.`,
    )
  }
  tx.add(total(tier), 1)
}

/** A parameter keeps its last hundred versions; the oldest of them must not have a label when it has to go. */
async function dropOldest(tx: Tx, { name, version: latest, oldest }: Parameter): Promise<number> {
  if (latest - oldest + 1 < mostVersions) return oldest
  const going = await tx.get(version(name, oldest))
  if (going && going.labels.length > 0) {
    throw awsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    )
  }
  tx.delete(version(name, oldest))
  return oldest + 1
}

function expire(tx: Tx, name: string, { policies }: Version, ctx: Ctx): void {
  const parsed = policies === undefined ? undefined : parsePolicies(policies, 0)
  if (!parsed) {
    ctx.host.deliveries.cancel(tx, 'ssm:expire', ctx.scope, name)
    return
  }
  const dueAtMs = parsed.expiresAtMs
  ctx.host.deliveries.schedule(tx, { kind: 'ssm:expire', scope: ctx.scope, key: name, data: { name }, dueAtMs })
}
