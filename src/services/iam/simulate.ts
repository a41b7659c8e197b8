import { contextLookup } from '../../authz/context.ts'
import { type Decision, evaluate } from '../../authz/evaluate.ts'
import { validatePolicy } from '../../authz/validate.ts'
import { parseArn } from '../../kernel/arn.ts'
import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { documentOf, findGroup, findRole, findUser, iamArn, lookUpPolicy, noSuchEntity } from './find.ts'
import { pageOf } from './page.ts'
import { policySource } from './policy-source.ts'

type Custom = InputFor<Api, 'SimulateCustomPolicy'>

/** The same evaluator that decides requests, asked what it would do: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
export const simulation = operations<Api>()({
  SimulateCustomPolicy: {
    authorize: () => [{ action: 'iam:SimulateCustomPolicy', resource: '*' }],
    async read(_tx, input, ctx) {
      const caller = input.CallerArn === undefined ? nobodySpecial(ctx) : principalOf(input.CallerArn, 'simulated')
      return simulate(
        input,
        {
          principal: caller,
          identity: checked(input.PolicyInputList),
          boundary: input.PermissionsBoundaryPolicyInputList?.[0],
          tags: {},
        },
        ctx,
      )
    },
  },

  SimulatePrincipalPolicy: {
    authorize: ({ PolicySourceArn }) => [{ action: 'iam:SimulatePrincipalPolicy', resource: PolicySourceArn }],
    async read(tx, input, ctx) {
      const source = await sourceOf(tx, input.PolicySourceArn, ctx)
      return simulate(
        input,
        {
          ...source,
          principal: input.CallerArn === undefined ? source.principal : principalOf(input.CallerArn, 'simulated'),
          identity: [...source.identity, ...checked(input.PolicyInputList ?? [])],
          boundary: input.PermissionsBoundaryPolicyInputList?.[0] ?? source.boundary,
        },
        ctx,
      )
    },
  },
})

type Asked = Omit<Custom, 'PolicyInputList'> & Pick<InputFor<Api, 'SimulatePrincipalPolicy'>, 'PolicyExclusionList'>

interface Source {
  readonly principal: Principal
  readonly identity: readonly string[]
  readonly boundary: string | undefined
  readonly tags: Readonly<Record<string, string>>
}

async function simulate(input: Asked, source: Source, ctx: Ctx) {
  if (input.ResourceHandlingOption !== undefined) {
    throw awsError(
      'InvalidInputException',
      'ResourceHandlingOption is not supported: name the resources in ResourceArns.',
    )
  }
  for (const name of ['OrderedOrganizationPolicyInputList', 'PolicyExclusionList'] as const) {
    if (input[name] !== undefined)
      throw awsError('InvalidInputException', `${name} is not supported by Landfall: leave it out.`)
  }
  if (input.ResourcePolicy !== undefined) validatePolicy(input.ResourcePolicy, 'resource')
  if (source.boundary !== undefined) validatePolicy(source.boundary, 'identity')
  const context: Record<string, ContextValue> = Object.fromEntries(
    (input.ContextEntries ?? []).flatMap(({ ContextKeyName, ContextKeyValues }) =>
      ContextKeyName === undefined ? [] : [[ContextKeyName, ContextKeyValues ?? []]],
    ),
  )
  const resourceAccount = (input.ResourceOwner && parseArn(input.ResourceOwner)?.account) || ctx.account
  const pairs = input.ActionNames.flatMap((action) =>
    (input.ResourceArns ?? ['*']).map((resource) => ({ action, resource })),
  )
  const results = pairs.map((pair, index) => {
    const request: AccessRequest = { ...pair, resourcePolicy: input.ResourcePolicy }
    const decision = evaluate({
      principal: source.principal,
      request,
      resourceAccount,
      context: contextLookup({
        principal: source.principal,
        request,
        context,
        principalTags: source.tags,
        region: ctx.region,
        resourceAccount,
        nowMs: ctx.nowMs,
      }),
      identityPolicies: source.identity,
      boundary: source.boundary,
    })
    return { order: String(index).padStart(6, '0'), result: describe(pair, decision) }
  })
  const { items, more } = pageOf(results, input, ({ order }) => order)
  return { EvaluationResults: items.map(({ result }) => result), ...more }
}

const sourceTypes = {
  'identity-based policy': 'IAM Policy',
  'resource-based policy': 'Resource Policy',
  'permissions boundary': 'PermissionsBoundary',
  'session policy': 'IAM Policy',
} as const

function describe({ action, resource }: { action: string; resource: string }, decision: Decision) {
  const evalDecision =
    decision.decision === 'allow' ? 'allowed' : decision.reason?.kind === 'explicit' ? 'explicitDeny' : 'implicitDeny'
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: evalDecision as 'allowed' | 'explicitDeny' | 'implicitDeny',
    MatchedStatements: decision.statement
      ? [
          {
            SourcePolicyId: decision.statement.sid ?? `statement ${decision.statement.index + 1}`,
            SourcePolicyType: sourceTypes[decision.statement.policy] as 'user',
          },
        ]
      : [],
    MissingContextValues: [],
  }
}

function checked(policies: readonly string[]): readonly string[] {
  for (const text of policies) validatePolicy(text, 'identity')
  return policies
}

async function sourceOf(tx: ReadTx, arn: string, ctx: Ctx): Promise<Source> {
  const parsed = parseArn(arn)
  const name = parsed?.resource.slice(parsed.resource.lastIndexOf('/') + 1) ?? ''
  if (parsed?.service !== 'iam' || parsed.account !== ctx.account)
    throw awsError('InvalidInputException', `Invalid Entity Arn: ${arn.slice(0, 200)}`)
  if (parsed.resource.startsWith('group/')) {
    const found = await findGroup(tx, name)
    const managed = await Promise.all(found.attached.map((policyArn) => lookUpPolicy(tx, policyArn)))
    const texts = managed.flatMap((policy) => (policy ? [documentOf(policy)] : []))
    return {
      principal: nobodySpecial(ctx),
      identity: [...Object.values(found.inline), ...texts],
      boundary: undefined,
      tags: {},
    }
  }
  const kind = parsed.resource.startsWith('role/') ? 'role' : 'user'
  const found = kind === 'role' ? await findRole(tx, name) : await findUser(tx, name)
  if (iamArn(ctx.account, kind, found) !== arn) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`)
  const principal = principalOf(arn, found.id)
  const policies = await policySource.policies(tx, principal)
  return { principal, identity: policies?.identity ?? [], boundary: policies?.boundary, tags: policies?.tags ?? {} }
}

function principalOf(arn: string, id: string): Principal {
  const parsed = parseArn(arn)
  const name = parsed?.resource.slice(parsed.resource.lastIndexOf('/') + 1)
  if (!parsed || !name) throw awsError('InvalidInputException', `Invalid Entity Arn: ${arn.slice(0, 200)}`)
  const { account } = parsed
  if (parsed.resource === 'root') return { kind: 'root', account, arn, userId: account }
  if (parsed.resource.startsWith('role/')) {
    return {
      kind: 'role',
      account,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/simulated`,
      userId: `${id}:simulated`,
      name,
    }
  }
  return { kind: 'user', account, arn, userId: id, name }
}

function nobodySpecial(ctx: Ctx): Principal {
  return principalOf(`arn:aws:iam::${ctx.account}:user/simulated`, 'simulated')
}
