import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import {
  type AccountIndexPolicy,
  type AccountSubscription,
  accountIndexPolicies,
  accountSubscription,
} from '../../telemetry/log-state.ts'
import { deleteAccountIndexPolicy, putAccountIndexPolicy } from './account-index-policies.ts'
import type { Api } from './api.ts'
import { groupArn, groupResource } from './find.ts'
import { tryOut } from './subscriber.ts'
import { ownGroupOf, passedRole, readFilter, subscribing } from './subscription-input.ts'

const subscription = 'SUBSCRIPTION_FILTER_POLICY'
const index = 'FIELD_INDEX_POLICY'
const mostCriteriaBytes = 25 * 1_024

/**
 * Policies of all groups of an account's region. Of their kinds there are subscription filters, one of them, and field
 * indexes.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html
 */
export const accountPolicies = operations<Api>()({
  PutAccountPolicy: {
    authorize: ({ policyType, policyDocument }, ctx) => {
      const { DestinationArn, RoleArn } = policyType === subscription ? readDocument(policyDocument) : {}
      return [
        { action: 'logs:PutAccountPolicy', resource: '*' },
        ...(policyType === index ? [{ action: 'logs:PutIndexPolicy', resource: '*' }] : []),
        ...(DestinationArn === undefined
          ? []
          : [
              { action: 'logs:PutSubscriptionFilter', resource: groupResource(ctx, '*') },
              ...subscribing(DestinationArn),
            ]),
        ...(RoleArn === undefined ? [] : [passedRole(RoleArn)]),
      ]
    },
    async call({ policyName: name, policyDocument: document, policyType, selectionCriteria, dryRun }, ctx) {
      if (policyType !== subscription && policyType !== index)
        throw invalid(`A policyType of ${policyType} is not supported by Landfall: ${subscription} and ${index} are.`)
      if (dryRun) throw invalid('dryRun is not supported by Landfall. Leave it out.')
      if (name.startsWith('aws/')) throw invalid('policyName cannot start with aws/.')
      if (policyType === index) {
        const given = { name, document, criteria: selectionCriteria }
        const made = await ctx.write((tx) => putAccountIndexPolicy(tx, given, ctx.nowMs))
        return { accountPolicy: describeIndex(made, ctx.account) }
      }
      const except = readCriteria(selectionCriteria)
      const { DestinationArn, RoleArn, FilterPattern = '', Distribution } = readDocument(document)
      if (DestinationArn === undefined) throw invalid('policyDocument must have a DestinationArn.')
      const given = { destinationArn: DestinationArn, roleArn: RoleArn, distribution: Distribution }
      const filter = readFilter({ name, pattern: FilterPattern, ...given }, ctx)
      const sourceArn = groupArn(ctx.scope, '*')
      // Loads the destination's service, and shows that it is there and may be given events, before anything is written.
      await tryOut({ host: ctx.host, scope: ctx.scope, sourceArn, filter })
      const own = ownGroupOf(DestinationArn)
      const next: AccountSubscription = {
        ...{ ...filter, document, criteria: selectionCriteria },
        // A function's own lines would call it again, without end.
        except: own === undefined ? except : [...except, own],
      }
      await ctx.write(async (tx) => {
        const before = await tx.get(accountSubscription())
        if (before && before.name !== name)
          throw awsError(
            'LimitExceededException',
            `An account can have one ${subscription} in a region: ${before.name}.`,
          )
        tx.set(accountSubscription(), next)
      })
      return { accountPolicy: describe(next, ctx.account) }
    },
  },

  DescribeAccountPolicies: {
    authorize: () => [{ action: 'logs:DescribeAccountPolicies', resource: '*' }],
    async read(tx, { policyType, policyName, accountIdentifiers = [], nextToken }, ctx) {
      if (accountIdentifiers.some((account) => account !== ctx.account))
        throw invalid('accountIdentifiers of other accounts are not supported by Landfall. Leave them out.')
      if (nextToken !== undefined) throw invalid('The specified nextToken is invalid.')
      const filter = policyType === subscription ? await tx.get(accountSubscription()) : undefined
      const indexes = policyType === index ? await tx.get(accountIndexPolicies()) : undefined
      const found = [
        ...(filter ? [describe(filter, ctx.account)] : []),
        ...(indexes ?? []).map((one) => describeIndex(one, ctx.account)),
      ]
      const named = found.filter((one) => policyName === undefined || one.policyName === policyName)
      if (policyName !== undefined && named.length === 0) throw missing()
      return { accountPolicies: named }
    },
  },

  DeleteAccountPolicy: {
    authorize: () => [{ action: 'logs:DeleteAccountPolicy', resource: '*' }],
    async write(tx, { policyName, policyType, dryRun }) {
      if (dryRun) throw invalid('dryRun is not supported by Landfall. Leave it out.')
      if (policyType === index) {
        if (!(await deleteAccountIndexPolicy(tx, policyName))) throw missing()
        return {}
      }
      const found = policyType === subscription ? await tx.get(accountSubscription()) : undefined
      if (found?.name !== policyName) throw missing()
      tx.delete(accountSubscription())
      return {}
    },
  },
})

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
  if (Buffer.byteLength(text) > mostCriteriaBytes) throw invalid('selectionCriteria must be at most 25 KB long.')
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

function describe({ name, document, criteria, createdAtMs }: AccountSubscription, accountId: string) {
  return {
    ...{ policyName: name, policyDocument: document, lastUpdatedTime: createdAtMs, accountId },
    ...({ policyType: subscription, scope: 'ALL', selectionCriteria: criteria } as const),
  }
}

function describeIndex({ name, document, criteria, updatedAtMs }: AccountIndexPolicy, accountId: string) {
  return {
    ...{ policyName: name, policyDocument: document, lastUpdatedTime: updatedAtMs, accountId },
    ...({ policyType: index, scope: 'ALL', selectionCriteria: criteria } as const),
  }
}

function missing(): Error {
  return awsError('ResourceNotFoundException', 'The specified account policy does not exist.')
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
