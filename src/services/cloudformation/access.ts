import { type AccessRequest, type ContextValue, passingRole } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { changeSetOf, findStack } from './find.ts'

interface Asked {
  readonly RoleARN?: string
  readonly TemplateURL?: string
  readonly ChangeSetName?: string
  readonly StackPolicyURL?: string
  readonly ResourceTypes?: readonly string[]
  readonly Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[]
}

/**
 * What an action on a stack needs: the action on the stack's ARN (`stack/<name>/*` while there is none of that name),
 * and passing the role, where one is handed over.
 */
export async function onStack(
  action: string,
  nameOrId: string | undefined,
  asked: Asked,
  ctx: Ctx,
  tx: ReadTx,
): Promise<AccessRequest[]> {
  const found = nameOrId === undefined ? undefined : await findStack(tx, nameOrId)
  const resource =
    found?.id ?? (nameOrId?.startsWith('arn:') ? nameOrId : ctx.arn('cloudformation', `stack/${nameOrId ?? '*'}/*`))
  return [
    { action: `cloudformation:${action}`, resource, context: keys(asked), resourceTags: found?.tags },
    ...passRole(asked.RoleARN),
  ]
}

/** The same for a change set: its stack decides. */
export async function onChangeSet(
  action: string,
  name: string,
  stackName: string | undefined,
  ctx: Ctx,
  tx: ReadTx,
): Promise<AccessRequest[]> {
  const found = await changeSetOf(tx, name, stackName).catch(() => undefined)
  return onStack(action, found?.of.id ?? stackName, { ChangeSetName: name }, ctx, tx)
}

/** What an action that the published table gives no resource needs. */
export function onAnything(action: string, asked: Asked = {}): AccessRequest[] {
  return [{ action: `cloudformation:${action}`, resource: '*', context: keys(asked) }]
}

function passRole(roleArn: string | undefined): AccessRequest[] {
  return roleArn === undefined ? [] : [passingRole(roleArn, 'cloudformation.amazonaws.com')]
}

function keys({
  RoleARN,
  TemplateURL,
  ChangeSetName,
  StackPolicyURL,
  ResourceTypes,
  Tags,
}: Asked): Record<string, ContextValue> {
  return {
    ...(RoleARN === undefined ? {} : { 'cloudformation:RoleArn': RoleARN }),
    ...(TemplateURL === undefined ? {} : { 'cloudformation:TemplateUrl': TemplateURL }),
    ...(ChangeSetName === undefined ? {} : { 'cloudformation:ChangeSetName': ChangeSetName }),
    ...(StackPolicyURL === undefined ? {} : { 'cloudformation:StackPolicyUrl': StackPolicyURL }),
    ...(ResourceTypes === undefined ? {} : { 'cloudformation:ResourceTypes': ResourceTypes }),
    ...(Tags === undefined || Tags.length === 0 ? {} : { 'aws:TagKeys': Tags.map(({ Key }) => Key ?? '') }),
    ...Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value ?? ''])),
  }
}
