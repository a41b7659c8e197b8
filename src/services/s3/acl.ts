import type { Principal } from '../../kernel/principal.ts'
import { canonicalUserId } from './names.ts'
import type { Bucket, StoredObject } from './state.ts'

export type Ownership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter'
export const ownerships: readonly Ownership[] = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']

export type Permission = 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP'
export const permissions: readonly Permission[] = ['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP']

/** Who is granted something: a canonical user id (an account), or a predefined group. */
export type Grantee = { readonly id: string } | { readonly uri: string }
export interface Grant {
  readonly grantee: Grantee
  readonly permission: Permission
}
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */
export type Acl = readonly Grant[]

export const groups = {
  allUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  authenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  logDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
} as const

export function isPublicAcl(acl: Acl): boolean {
  return acl.some(({ grantee }) => isPublicGrantee(grantee))
}

function isPublicGrantee(grantee: Grantee): boolean {
  return 'uri' in grantee && (grantee.uri === groups.allUsers || grantee.uri === groups.authenticatedUsers)
}

/** What the grants of a bucket's ACL, and of an object's, allow. */
const bucketActions: Readonly<Record<string, Permission>> = {
  's3:ListBucket': 'READ',
  's3:ListBucketVersions': 'READ',
  's3:ListBucketMultipartUploads': 'READ',
  's3:PutObject': 'WRITE',
  's3:DeleteObject': 'WRITE',
  's3:GetBucketAcl': 'READ_ACP',
  's3:PutBucketAcl': 'WRITE_ACP',
}
const objectActions: Readonly<Record<string, Permission>> = {
  's3:GetObject': 'READ',
  's3:GetObjectVersion': 'READ',
  's3:GetObjectAcl': 'READ_ACP',
  's3:GetObjectVersionAcl': 'READ_ACP',
  's3:PutObjectAcl': 'WRITE_ACP',
  's3:PutObjectVersionAcl': 'WRITE_ACP',
}

/** Actions on objects that are the object owner's to allow, not the bucket owner's. */
export function belongsToObject(action: string): boolean {
  return action in objectActions
}

/**
 * The policy statement that the ACLs amount to for this caller and action; undefined when they allow it nothing. A
 * grant to an account lets the account's own policies say who of it.
 */
export function aclStatement(
  principal: Principal,
  action: string,
  bucket: Bucket,
  stored: StoredObject | undefined,
): object | undefined {
  if (bucket.ownership === 'BucketOwnerEnforced' || principal.kind === 'service') return undefined
  const acl = stored && belongsToObject(action) ? stored.acl : action in bucketActions ? bucket.acl : undefined
  if (!acl) return undefined
  const needed = (stored && objectActions[action]) ?? bucketActions[action]
  const ignoresPublic = bucket.publicAccessBlock?.ignorePublicAcls === true
  let account: string | undefined
  for (const { grantee, permission } of acl) {
    if (permission !== 'FULL_CONTROL' && permission !== needed) continue
    if ('id' in grantee) {
      if (principal.account !== '' && grantee.id === canonicalUserId(principal.account)) account = principal.account
    } else if (!ignoresPublic && isPublicGrantee(grantee)) {
      if (grantee.uri === groups.allUsers || principal.kind !== 'anonymous')
        return { Effect: 'Allow', Principal: '*', Action: action, Resource: '*' }
    }
  }
  if (account === undefined) return undefined
  return { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: action, Resource: '*' }
}

/** The account that an object belongs to. */
export function ownerOf({ account, ownership }: Bucket, { owner }: Pick<StoredObject, 'owner'>): string {
  return ownership === 'BucketOwnerEnforced' ? account : (owner ?? account)
}

/** What is told of an ACL. One that was never set gives its owner everything and others nothing. */
export function aclMembers(account: string, acl: Acl | undefined) {
  const ID = canonicalUserId(account)
  const grants = acl ?? [{ grantee: { id: ID }, permission: 'FULL_CONTROL' as const }]
  return {
    Owner: { ID },
    Grants: grants.map(({ grantee, permission }) => ({
      Grantee:
        'id' in grantee
          ? { ID: grantee.id, Type: 'CanonicalUser' as const }
          : { URI: grantee.uri, Type: 'Group' as const },
      Permission: permission,
    })),
  }
}
