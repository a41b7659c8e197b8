import { type AccessRequest, type ContextValue, passingRole, requestTags } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import { tagsOfList } from '../../../kernel/tag-list.ts'
import { invalid } from '../../../stacks/value.ts'
import { type StackSet, setNamed, stackSet } from './state.ts'

const byId = /^([^:]+):([^:]+)$/

/** A set by name, or by id (`<name>:<uuid>`; deleted ones too). */
export async function findSet(tx: ReadTx, nameOrId: string): Promise<StackSet | undefined> {
  const match = byId.exec(nameOrId)
  const uuid = match ? match[2] : (await tx.get(setNamed(nameOrId)))?.uuid
  const found = uuid === undefined ? undefined : await tx.get(stackSet(uuid))
  return found && (match === null || found.name === match[1]) ? found : undefined
}

/** The same; throws StackSetNotFoundException when there is none. */
export async function setOf(tx: ReadTx, nameOrId: string): Promise<StackSet> {
  const found = await findSet(tx, nameOrId)
  if (!found) throw awsError('StackSetNotFoundException', `StackSet ${nameOrId} not found`)
  return found
}

/** A set that is not deleted. */
export async function liveSet(tx: ReadTx, nameOrId: string): Promise<StackSet> {
  const found = await setOf(tx, nameOrId)
  if (found.status === 'DELETED') throw awsError('StackSetNotFoundException', `StackSet ${nameOrId} not found`)
  return found
}

interface Asked {
  readonly AdministrationRoleARN?: string
  readonly TemplateURL?: string
  readonly Regions?: readonly string[]
  readonly Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[]
}

/** What conditions may ask about a request on a set. */
export function asked({ AdministrationRoleARN, TemplateURL, Regions, Tags }: Asked): Record<string, ContextValue> {
  return {
    ...(AdministrationRoleARN === undefined ? {} : { 'cloudformation:RoleArn': AdministrationRoleARN }),
    ...(TemplateURL === undefined ? {} : { 'cloudformation:TemplateUrl': TemplateURL }),
    ...(Regions === undefined ? {} : { 'cloudformation:TargetRegion': Regions }),
    ...(Tags === undefined ? {} : requestTags(tagsOfList(Tags))),
  }
}

/** What an action on a set needs: the action on its ARN (`stackset/<name>:*` while there is none), and passing the role. */
export async function onSet(
  action: string,
  nameOrId: string,
  input: Asked,
  ctx: Ctx,
  tx: ReadTx,
): Promise<AccessRequest[]> {
  const found = await findSet(tx, nameOrId)
  const name = nameOrId.includes(':') ? nameOrId : `${nameOrId}:*`
  const resource = found?.arn ?? ctx.arn('cloudformation', `stackset/${name}`)
  return [
    { action: `cloudformation:${action}`, resource, context: asked(input), resourceTags: found?.tags },
    ...passedRole(input),
  ]
}

export function passedRole({ AdministrationRoleARN: role }: Asked): AccessRequest[] {
  return role === undefined ? [] : [passingRole(role, 'cloudformation.amazonaws.com')]
}

interface Organized {
  readonly CallAs?: string
  readonly PermissionModel?: string
  readonly AutoDeployment?: object
  readonly OrganizationalUnitIds?: readonly string[]
}

/**
 * Throws ValidationError for what needs AWS Organizations, which a node has no access to; in the service's words
 * (https://github.com/pepperize/cdk-organizations/issues/1718).
 */
export function refuseOrganizations({
  CallAs,
  PermissionModel,
  AutoDeployment,
  OrganizationalUnitIds,
}: Organized): void {
  if (CallAs === 'DELEGATED_ADMIN') {
    throw invalid(
      'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
    )
  }
  if (PermissionModel === 'SERVICE_MANAGED') {
    throw invalid('You must enable organizations access to operate a service managed stack set')
  }
  if (AutoDeployment !== undefined)
    throw invalid('AutoDeployment is not allowed for StackSets with SELF_MANAGED permission model')
  if ((OrganizationalUnitIds ?? []).length > 0) {
    throw invalid('StackSets with SELF_MANAGED permission model can only have accounts as target')
  }
}
