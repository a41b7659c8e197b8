import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { awsManagedPolicy, isAwsManaged } from './aws-managed.ts'
import {
  type Group,
  group,
  type InstanceProfile,
  instanceProfile,
  type ManagedPolicy,
  managedPolicy,
  type Named,
  type Role,
  role,
  type User,
  user,
} from './state.ts'

/** Names, ARNs and the finding of things by them. */

export function lower(name: string): string {
  return name.toLowerCase()
}

export type ArnKind = 'user' | 'group' | 'role' | 'policy' | 'instance-profile'

export function iamArn(account: string, kind: ArnKind, named: Pick<Named, 'name' | 'path'>): string {
  return `arn:aws:iam::${account}:${kind}${named.path}${named.name}`
}

export function noSuchEntity(message: string) {
  return awsError('NoSuchEntityException', message, { status: 404 })
}

export async function findUser(tx: ReadTx, name: string): Promise<User> {
  const found = await tx.get(user(lower(name)))
  if (!found) throw noSuchEntity(`The user with name ${name} cannot be found.`)
  return found
}

export async function findGroup(tx: ReadTx, name: string): Promise<Group> {
  const found = await tx.get(group(lower(name)))
  if (!found) throw noSuchEntity(`The group with name ${name} cannot be found.`)
  return found
}

export async function findRole(tx: ReadTx, name: string): Promise<Role> {
  const found = await tx.get(role(lower(name)))
  if (!found) throw noSuchEntity(`The role with name ${name} cannot be found.`)
  return found
}

export async function findProfile(tx: ReadTx, name: string): Promise<InstanceProfile> {
  const found = await tx.get(instanceProfile(lower(name)))
  if (!found) throw noSuchEntity(`Instance Profile ${name} cannot be found.`)
  return found
}

/** A managed policy of this account or of AWS; undefined when there is none with that ARN. */
export async function lookUpPolicy(tx: ReadTx, arn: string): Promise<ManagedPolicy | undefined> {
  if (isAwsManaged(arn)) return awsManagedPolicy(arn)
  const parsed = parseArn(arn)
  if (parsed?.service !== 'iam' || parsed.account !== tx.scope.account || !parsed.resource.startsWith('policy/'))
    return undefined
  const name = parsed.resource.slice(parsed.resource.lastIndexOf('/') + 1)
  const found = await tx.get(managedPolicy(lower(name)))
  return found && iamArn(tx.scope.account, 'policy', found) === arn ? found : undefined
}

export async function findPolicy(tx: ReadTx, arn: string): Promise<ManagedPolicy> {
  if (!/^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/.+$/.test(arn)) {
    throw awsError('InvalidInputException', `ARN ${arn.slice(0, 200)} is not valid.`, { status: 400 })
  }
  const found = await lookUpPolicy(tx, arn)
  if (!found) throw noSuchEntity(`Policy ${arn} was not found.`)
  return found
}

/** The text of a policy's default version. */
export function documentOf(policy: ManagedPolicy): string {
  return policy.versions.find(({ id }) => id === policy.defaultVersionId)?.document ?? ''
}

/** The user an operation is about when it names none: the caller. */
export function callerName(userName: string | undefined, ctx: Ctx): string {
  if (userName !== undefined) return userName
  if (ctx.principal.kind === 'user' && ctx.principal.name !== undefined) return ctx.principal.name
  throw awsError('ValidationError', 'Must specify userName when calling with non-User credentials', { status: 400 })
}
