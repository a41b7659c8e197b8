import { type AccessRequest, requestTags } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { type TagList, tagsOfList } from '../../../kernel/tag-list.ts'
import { invalid } from '../../../stacks/value.ts'
import { fetchText } from '../template-source.ts'
import { mostInstances } from './begin.ts'
import { type Instance, instance, type StackSet } from './state.ts'

type Where = Pick<Instance, 'account' | 'region'>

/** Every instance of a set that can be updated, or those in these accounts and Regions; StackInstanceNotFoundException. */
export async function instancesOf(
  tx: ReadTx,
  set: StackSet,
  accounts: readonly string[] | undefined,
  regions: readonly string[] | undefined,
): Promise<Where[]> {
  if ((accounts === undefined) !== (regions === undefined))
    throw invalid('Accounts and Regions must be specified together.')
  if (accounts && regions) return existing(tx, set, pairs(accounts, regions))
  const found: Where[] = []
  for await (const { value } of tx.range(instance.under(set.uuid))) {
    if (!value.inoperable) found.push({ account: value.account, region: value.region })
  }
  return found
}

/** Throws StackInstanceNotFoundException unless all of these are instances of the set. */
export async function existing(tx: ReadTx, set: StackSet, wanted: readonly Where[]): Promise<Where[]> {
  const found = await tx.getMany(wanted.map(({ account, region }) => instance(set.uuid, account, region)))
  const missing = wanted.find((_, index) => found[index] === undefined)
  if (missing) {
    throw awsError(
      'StackInstanceNotFoundException',
      `Stack instance not found for StackSet ${set.name}, account ${missing.account}, Region ${missing.region}`,
    )
  }
  return [...wanted]
}

/** Accounts times Regions, each once. Throws LimitExceededException for more than an operation may reach. */
export function pairs(accounts: readonly string[], regions: readonly string[]): Where[] {
  const [each, there] = [[...new Set(accounts)], [...new Set(regions)]]
  if (each.length * there.length > mostInstances) {
    throw awsError('LimitExceededException', `A stack set can have at most ${mostInstances} stack instances.`)
  }
  const wrong = each.find((account) => !/^\d{12}$/.test(account))
  if (wrong !== undefined) throw invalid(`Accounts must be numbers of 12 digits. Found ${wrong}`)
  return there.flatMap((region) => each.map((account) => ({ account, region })))
}

/** The accounts that a request names, itself or in an object that it names. Throws ValidationError when it names none. */
export async function accountsOf(
  input: {
    Accounts?: readonly string[]
    DeploymentTargets?: { Accounts?: readonly string[]; AccountsUrl?: string; AccountFilterType?: string }
  },
  ctx: Ctx,
): Promise<readonly string[]> {
  const { Accounts, DeploymentTargets: targets } = input
  if (Accounts && targets) throw invalid('Accounts and DeploymentTargets may not be specified together.')
  if (targets?.AccountFilterType !== undefined)
    throw invalid('AccountFilterType is valid only with OrganizationalUnitIds.')
  const url = targets?.AccountsUrl
  if (url !== undefined && targets?.Accounts) throw invalid('Only one of Accounts and AccountsUrl may be specified.')
  const listed = url === undefined ? undefined : (await fetchText(url, ctx)).split(/[\s,]+/).filter(Boolean)
  const found = Accounts ?? targets?.Accounts ?? listed ?? []
  if (found.length === 0) throw invalid('At least one account must be specified.')
  return found
}

/** What changing the tags of a set needs besides: the service checks who may tag, and untag. */
export function onTags(
  createAction: string,
  resource: string,
  before: Readonly<Record<string, string>>,
  given: TagList | undefined,
): AccessRequest[] {
  if (given === undefined) return []
  const tags = tagsOfList(given)
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(tags, key))
  return [
    ...(given.length === 0
      ? []
      : [
          {
            action: 'cloudformation:TagResource',
            resource,
            context: { ...requestTags(tags), 'cloudformation:CreateAction': createAction },
          },
        ]),
    ...(removed.length === 0
      ? []
      : [{ action: 'cloudformation:UntagResource', resource, context: { 'aws:TagKeys': removed } }]),
  ]
}
