import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { callerName, iamArn, lookUpPolicy, lower } from './find.ts'
import { group, instanceProfile, role, user } from './state.ts'

/** What IAM's own operations need to be allowed. What does not exist is asked for under the path `/`. */

type Requests = Promise<readonly AccessRequest[]>
type Keys = Readonly<Record<string, ContextValue>>

export async function onUser(
  action: string,
  name: string | undefined,
  tx: ReadTx,
  ctx: Ctx,
  keys: Keys = {},
): Requests {
  // Root asking for itself: no user is meant.
  if (name === undefined && ctx.principal.kind === 'root')
    return [{ action: `iam:${action}`, resource: ctx.principal.arn }]
  const wanted = callerName(name, ctx)
  const found = await tx.get(user(lower(wanted)))
  return [
    {
      action: `iam:${action}`,
      resource: iamArn(tx.scope.account, 'user', found ?? { name: wanted, path: '/' }),
      resourceTags: found?.tags,
      context: { ...resourceTagKeys(found?.tags), ...boundaryKey(found?.boundaryArn), ...keys },
    },
  ]
}

export async function onGroup(action: string, name: string, tx: ReadTx, keys: Keys = {}): Requests {
  const found = await tx.get(group(lower(name)))
  return [
    {
      action: `iam:${action}`,
      resource: iamArn(tx.scope.account, 'group', found ?? { name, path: '/' }),
      context: keys,
    },
  ]
}

export async function onRole(action: string, name: string, tx: ReadTx, keys: Keys = {}): Requests {
  const found = await tx.get(role(lower(name)))
  return [
    {
      action: `iam:${action}`,
      resource: iamArn(tx.scope.account, 'role', found ?? { name, path: '/' }),
      resourceTags: found?.tags,
      context: { ...resourceTagKeys(found?.tags), ...boundaryKey(found?.boundaryArn), ...keys },
    },
  ]
}

export async function onProfile(action: string, name: string, tx: ReadTx, keys: Keys = {}): Requests {
  const found = await tx.get(instanceProfile(lower(name)))
  return [
    {
      action: `iam:${action}`,
      resource: iamArn(tx.scope.account, 'instance-profile', found ?? { name, path: '/' }),
      resourceTags: found?.tags,
      context: keys,
    },
  ]
}

export async function onPolicy(action: string, arn: string, tx: ReadTx, keys: Keys = {}): Requests {
  const found = await lookUpPolicy(tx, arn)
  return [{ action: `iam:${action}`, resource: arn, resourceTags: found?.tags, context: keys }]
}

export function tagKeys(tags: readonly { Key: string; Value: string }[] | undefined): Keys {
  if (!tags || tags.length === 0) return {}
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  }
}

export function boundaryKey(arn: string | undefined): Keys {
  return arn === undefined ? {} : { 'iam:PermissionsBoundary': arn }
}

/** IAM's own spelling of `aws:ResourceTag/…`. */
function resourceTagKeys(tags: Readonly<Record<string, string>> | undefined): Keys {
  return Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [`iam:ResourceTag/${key}`, value]))
}
