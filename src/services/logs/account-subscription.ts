import { awsError } from '../../kernel/errors.ts'
import { type AccountSubscription, accountSubscription } from '../../telemetry/log-state.ts'
import type { PolicyKind } from './account-policy-kind.ts'
import { groupArn, groupResource } from './find.ts'
import { tryOut } from './subscriber.ts'
import { ownGroupOf, passedRole, readFilter, subscribing } from './subscription-input.ts'

const type = 'SUBSCRIPTION_FILTER_POLICY'

/** A subscription filter of all of an account's groups but those that are left out. There is one. */
export const subscriptionKind: PolicyKind = {
  type,
  needed(text, ctx) {
    const { DestinationArn, RoleArn } = readDocument(text)
    return [
      ...(DestinationArn === undefined
        ? []
        : [
            { action: 'logs:PutSubscriptionFilter', resource: groupResource(ctx, '*') },
            ...subscribing(DestinationArn),
          ]),
      ...(RoleArn === undefined ? [] : [passedRole(RoleArn)]),
    ]
  },
  neededTo: (what, ctx) => ({
    action: what === 'remove' ? 'logs:DeleteSubscriptionFilter' : 'logs:DescribeSubscriptionFilters',
    resource: groupResource(ctx, '*'),
  }),
  async put({ name, document, criteria }, ctx) {
    const except = readCriteria(criteria)
    const { DestinationArn, RoleArn, FilterPattern = '', Distribution } = readDocument(document)
    if (DestinationArn === undefined) throw invalid('policyDocument must have a DestinationArn.')
    const given = { destinationArn: DestinationArn, roleArn: RoleArn, distribution: Distribution }
    const filter = readFilter({ name, pattern: FilterPattern, ...given }, ctx)
    const sourceArn = groupArn(ctx.scope, '*')
    // Loads the destination's service, and shows that it is there and may be given events, before anything is written.
    await tryOut({ host: ctx.host, scope: ctx.scope, sourceArn, filter })
    const own = ownGroupOf(DestinationArn)
    const next: AccountSubscription = {
      ...{ ...filter, document, criteria },
      // A function's own lines would call it again, without end.
      except: own === undefined ? except : [...except, own],
    }
    await ctx.write(async (tx) => {
      const before = await tx.get(accountSubscription())
      if (before && before.name !== name)
        throw awsError('LimitExceededException', `An account can have one ${type} in a region: ${before.name}.`)
      tx.set(accountSubscription(), next)
    })
    return { name, document, criteria, updatedAtMs: next.createdAtMs }
  },
  async list(tx) {
    const found = await tx.get(accountSubscription())
    if (!found) return []
    const { name, document, criteria, createdAtMs } = found
    return [{ name, document, criteria, updatedAtMs: createdAtMs }]
  },
  async remove(tx, name) {
    if ((await tx.get(accountSubscription()))?.name !== name) return false
    tx.delete(accountSubscription())
    return true
  },
}

interface Document {
  readonly DestinationArn?: string
  readonly RoleArn?: string
  readonly FilterPattern?: string
  readonly Distribution?: 'ByLogStream' | 'Random'
}

function readDocument(text: string): Document {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw awsError('InvalidParameterException', 'policyDocument is not valid JSON.', { cause: error })
  }
  if (parsed === null || typeof parsed !== 'object') throw invalid('policyDocument must be a JSON object.')
  for (const [name, value] of Object.entries(parsed)) {
    if (!['DestinationArn', 'RoleArn', 'FilterPattern', 'Distribution'].includes(name))
      throw invalid(`${name} in policyDocument is not supported by Landfall. Leave it out.`)
    if (typeof value !== 'string') throw invalid(`${name} in policyDocument must be text.`)
  }
  const document: Document = parsed
  if (!['ByLogStream', 'Random', undefined].includes(document.Distribution))
    throw invalid('Distribution in policyDocument must be ByLogStream or Random.')
  return document
}

/** Names of groups that are left out: `LogGroupName NOT IN ["…"]` is the one form that these policies know. */
function readCriteria(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const [, list] = /^\s*LogGroupName\s+NOT\s+IN\s*(\[.*\])\s*$/s.exec(text) ?? []
  const refused = (cause?: unknown) =>
    awsError('InvalidParameterException', 'selectionCriteria must be LogGroupName NOT IN ["NAME", …].', { cause })
  try {
    const names: unknown = JSON.parse(list ?? '')
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names
  } catch (error) {
    throw refused(error)
  }
  throw refused()
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
