import { validatePolicy } from '../../authz/validate.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'
import type { Api } from './api.ts'
import { nameOfToken, pageSize } from './find.ts'

interface ResourcePolicy {
  readonly name: string
  /** JSON text. */
  readonly document: string
  readonly updatedAtMs: number
}

const mostPolicies = 10
const mostCharacters = 5_120
const policy = keyspace('logs').record<ResourcePolicy, [name: string]>('resource-policy')

/** Policies of a region's logs: what services and other accounts may do with its groups. */
export const resourcePolicies = operations<Api>()({
  PutResourcePolicy: {
    authorize: () => [{ action: 'logs:PutResourcePolicy', resource: '*' }],
    async write(tx, { policyName, policyDocument, resourceArn, expectedRevisionId }, ctx) {
      if (resourceArn !== undefined || expectedRevisionId !== undefined)
        throw invalid('resourceArn and expectedRevisionId are not supported by Landfall: policies are of the account.')
      if (policyName === undefined || policyDocument === undefined)
        throw invalid('policyName and policyDocument must be given.')
      checkPolicy('policyDocument', policyDocument)
      const before = await all(tx)
      if (!before.some(({ name }) => name === policyName) && before.length >= mostPolicies)
        throw awsError('LimitExceededException', `An account can have at most ${mostPolicies} resource policies.`)
      const next = { name: policyName, document: policyDocument, updatedAtMs: ctx.nowMs }
      tx.set(policy(policyName), next)
      return { resourcePolicy: describe(next) }
    },
  },
  DeleteResourcePolicy: {
    authorize: () => [{ action: 'logs:DeleteResourcePolicy', resource: '*' }],
    async write(tx, { policyName, resourceArn, expectedRevisionId }) {
      if (resourceArn !== undefined || expectedRevisionId !== undefined)
        throw invalid('resourceArn and expectedRevisionId are not supported by Landfall: policies are of the account.')
      if (policyName === undefined || !(await tx.get(policy(policyName))))
        throw awsError('ResourceNotFoundException', `Policy with name [${policyName}] does not exist`)
      tx.delete(policy(policyName))
      return {}
    },
  },
  DescribeResourcePolicies: {
    authorize: () => [{ action: 'logs:DescribeResourcePolicies', resource: '*' }],
    async read(tx, { nextToken, limit, resourceArn, policyScope }) {
      if (resourceArn !== undefined || (policyScope !== undefined && policyScope !== 'ACCOUNT'))
        throw invalid('Policies of single groups are not supported by Landfall: they are of the account.')
      const after = nextToken === undefined ? undefined : nameOfToken(nextToken)
      const found = (await all(tx)).filter(({ name }) => after === undefined || name > after)
      const page = found.slice(0, pageSize(limit, 50))
      const last = page.at(-1)
      return {
        resourcePolicies: page.map(describe),
        nextToken: found.length > page.length && last ? toPageToken(last.name) : undefined,
      }
    },
  },
})

/** All policies of the region as one, for authorisation: each statement says which groups it is about. */
export async function combinedPolicy(tx: ReadTx): Promise<string | undefined> {
  const found = await all(tx)
  if (found.length === 0) return undefined
  const Statement = found.flatMap(({ document }) => (JSON.parse(document) as { Statement: unknown }).Statement)
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

async function all(tx: ReadTx): Promise<ResourcePolicy[]> {
  const found: ResourcePolicy[] = []
  for await (const { value } of tx.range(policy.under())) found.push(value)
  return found
}

function describe({ name, document, updatedAtMs }: ResourcePolicy) {
  return { policyName: name, policyDocument: document, lastUpdatedTime: updatedAtMs, policyScope: 'ACCOUNT' as const }
}

/** Throws InvalidParameterException, or as said, for what is no policy of resources, and for one that is too long. */
export function checkPolicy(
  called: string,
  text: string,
  { most = mostCharacters, code = 'InvalidParameterException' } = {},
): void {
  if (text.length > most) throw awsError(code, `${called} must be at most ${most} characters long.`)
  try {
    validatePolicy(text, 'resource')
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw awsError(code, `${called}: ${error.message}`, { cause: error })
  }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
