import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { indexKind } from './account-index-policies.ts'
import type { KeptPolicy, PolicyKind } from './account-policy-kind.ts'
import { protectionKind } from './account-protection.ts'
import { subscriptionKind } from './account-subscription.ts'
import { transformerKind } from './account-transformers.ts'
import type { Api } from './api.ts'

const kinds: readonly PolicyKind[] = [subscriptionKind, indexKind, transformerKind, protectionKind]
const mostCriteriaBytes = 25 * 1_024

/**
 * Policies of all groups of an account's region: subscription filters, field indexes, transformers, data protection.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html
 */
export const accountPolicies = operations<Api>()({
  PutAccountPolicy: {
    authorize: ({ policyType, policyDocument }, ctx) => [
      { action: 'logs:PutAccountPolicy', resource: '*' },
      ...(kinds.find(({ type }) => type === policyType)?.needed(policyDocument, ctx) ?? []),
    ],
    async call({ policyName: name, policyDocument: document, policyType, selectionCriteria: criteria, dryRun }, ctx) {
      const kind = kindOf(policyType)
      if (dryRun) throw invalid('dryRun is not supported by Landfall. Leave it out.')
      if (name.startsWith('aws/')) throw invalid('policyName cannot start with aws/.')
      if (criteria !== undefined && Buffer.byteLength(criteria) > mostCriteriaBytes)
        throw invalid('selectionCriteria must be at most 25 KB long.')
      return { accountPolicy: describe(kind, await kind.put({ name, document, criteria }, ctx), ctx.account) }
    },
  },

  DescribeAccountPolicies: {
    authorize: ({ policyType }, ctx) => [
      { action: 'logs:DescribeAccountPolicies', resource: '*' },
      ...neededTo('see', policyType, ctx),
    ],
    async read(tx, { policyType, policyName, accountIdentifiers = [], nextToken }, ctx) {
      if (accountIdentifiers.some((account) => account !== ctx.account))
        throw invalid('accountIdentifiers of other accounts are not supported by Landfall. Leave them out.')
      if (nextToken !== undefined) throw invalid('The specified nextToken is invalid.')
      const kind = kinds.find(({ type }) => type === policyType)
      const found = (await kind?.list(tx)) ?? []
      const named = found.filter((one) => policyName === undefined || one.name === policyName)
      if (policyName !== undefined && named.length === 0) throw missing()
      return { accountPolicies: kind ? named.map((one) => describe(kind, one, ctx.account)) : [] }
    },
  },

  DeleteAccountPolicy: {
    authorize: ({ policyType }, ctx) => [
      { action: 'logs:DeleteAccountPolicy', resource: '*' },
      ...neededTo('remove', policyType, ctx),
    ],
    async write(tx, { policyName, policyType, dryRun }) {
      if (dryRun) throw invalid('dryRun is not supported by Landfall. Leave it out.')
      const kind = kinds.find(({ type }) => type === policyType)
      if (!(await kind?.remove(tx, policyName))) throw missing()
      return {}
    },
  },
})

function neededTo(what: 'remove' | 'see', policyType: string, ctx: Ctx): AccessRequest[] {
  const kind = kinds.find(({ type }) => type === policyType)
  return kind ? [kind.neededTo(what, ctx)] : []
}

function kindOf(policyType: string): PolicyKind {
  const found = kinds.find(({ type }) => type === policyType)
  if (found) return found
  const possible = kinds.map(({ type }) => type).join(', ')
  throw invalid(`A policyType of ${policyType} is not supported by Landfall. There are ${possible}.`)
}

function describe({ type }: PolicyKind, { name, document, criteria, updatedAtMs }: KeptPolicy, accountId: string) {
  return {
    ...{ policyName: name, policyDocument: document, lastUpdatedTime: updatedAtMs, accountId, policyType: type },
    ...({ scope: 'ALL', selectionCriteria: criteria } as const),
  }
}

function missing(): Error {
  return awsError('ResourceNotFoundException', 'The specified account policy does not exist.')
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
