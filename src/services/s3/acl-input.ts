import { awsError } from '../../kernel/errors.ts'
import { type Acl, type Grant, type Grantee, groups, isPublicAcl, type Permission, permissions } from './acl.ts'
import { malformed } from './bucket-settings.ts'
import { canonicalUserId } from './names.ts'
import { invalidArgument, notImplemented } from './refuse.ts'
import type { Bucket } from './state.ts'

const maxGrants = 100

export interface AclHeaders {
  ACL?: string
  GrantFullControl?: string
  GrantRead?: string
  GrantReadACP?: string
  GrantWrite?: string
  GrantWriteACP?: string
}

export interface AclInput extends AclHeaders {
  AccessControlPolicy?: {
    Grants?: {
      Grantee?: { Type?: string; ID?: string; URI?: string; EmailAddress?: string; DisplayName?: string }
      Permission?: string
    }[]
    Owner?: { ID?: string; DisplayName?: string }
  }
}

/**
 * The ACL a request gives, for something that `owner` owns; undefined when it gives none. Throws unless the bucket
 * takes ACLs, and this one.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export function aclOf(
  input: AclInput,
  bucket: Pick<Bucket, 'account' | 'ownership' | 'publicAccessBlock'>,
  owner: string,
): Acl | undefined {
  const enforced = bucket.ownership === 'BucketOwnerEnforced'
  const { GrantRead, GrantReadACP, GrantWrite, GrantWriteACP } = input
  if (enforced && (GrantRead ?? GrantReadACP ?? GrantWrite ?? GrantWriteACP) !== undefined) throw notSupported()
  const acl = given(input, owner, bucket.account)
  if (!acl) return undefined
  if (enforced) {
    if (input.ACL === 'bucket-owner-full-control' || isOwnersAlone(acl, bucket.account)) return undefined
    throw notSupported()
  }
  if (bucket.publicAccessBlock?.blockPublicAcls && isPublicAcl(acl)) {
    throw awsError(
      'AccessDenied',
      'Access Denied: public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access.',
      { status: 403 },
    )
  }
  return acl
}

function notSupported(): Error {
  return awsError(
    'AccessControlListNotSupported',
    'The bucket does not allow ACLs. Use a bucket policy, the ACL bucket-owner-full-control, or another ObjectOwnership.',
    { status: 400 },
  )
}

/** ACLs that give others something don't go with an ownership under which there are none. */
export function aclWithOwnership(): Error {
  return awsError(
    'InvalidBucketAclWithObjectOwnership',
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    { status: 400 },
  )
}

export function isOwnersAlone(acl: Acl, owner: string): boolean {
  return acl.every(({ grantee }) => 'id' in grantee && grantee.id === canonicalUserId(owner))
}

function given(input: AclInput, owner: string, bucketOwner: string): Acl | undefined {
  const { ACL, AccessControlPolicy } = input
  const headers = headerGrants(input)
  if ([ACL, AccessControlPolicy, headers[0]].filter((one) => one !== undefined).length > 1) {
    throw awsError('InvalidRequest', 'Give one of a canned ACL, grants in headers, and a policy in the body.', {
      status: 400,
    })
  }
  if (ACL !== undefined) return canned(ACL, owner, bucketOwner)
  if (headers.length > 0) return bounded(headers)
  if (AccessControlPolicy) return bounded(bodyGrants(AccessControlPolicy, owner))
  return undefined
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
function canned(name: string, owner: string, bucketOwner: string): Acl {
  const full: Grant = { grantee: { id: canonicalUserId(owner) }, permission: 'FULL_CONTROL' }
  const group = (uri: string, permission: Permission): Grant => ({ grantee: { uri }, permission })
  const toBucketOwner = (permission: Permission): Acl =>
    owner === bucketOwner ? [full] : [full, { grantee: { id: canonicalUserId(bucketOwner) }, permission }]
  switch (name) {
    case 'private':
      return [full]
    case 'public-read':
      return [full, group(groups.allUsers, 'READ')]
    case 'public-read-write':
      return [full, group(groups.allUsers, 'READ'), group(groups.allUsers, 'WRITE')]
    case 'authenticated-read':
      return [full, group(groups.authenticatedUsers, 'READ')]
    case 'bucket-owner-read':
      return toBucketOwner('READ')
    case 'bucket-owner-full-control':
      return toBucketOwner('FULL_CONTROL')
    case 'log-delivery-write':
      return [full, group(groups.logDelivery, 'WRITE'), group(groups.logDelivery, 'READ_ACP')]
    case 'aws-exec-read':
      throw notImplemented('x-amz-acl aws-exec-read')
    default:
      throw invalidArgument('x-amz-acl', name, 'The canned ACL is not known.')
  }
}

function headerGrants(input: AclHeaders): Grant[] {
  const { GrantFullControl, GrantRead, GrantReadACP, GrantWrite, GrantWriteACP } = input
  return [
    ...grantees(GrantFullControl, 'FULL_CONTROL'),
    ...grantees(GrantRead, 'READ'),
    ...grantees(GrantReadACP, 'READ_ACP'),
    ...grantees(GrantWrite, 'WRITE'),
    ...grantees(GrantWriteACP, 'WRITE_ACP'),
  ]
}

/** `id="…", uri="…"`. */
function grantees(header: string | undefined, permission: Permission): Grant[] {
  if (header === undefined) return []
  return header.split(',').map((item) => {
    const [, kind = '', quoted, plain] = /^\s*(\w+)\s*=\s*(?:"([^"]*)"|(\S+))\s*$/.exec(item) ?? []
    const value = quoted ?? plain
    if (value === undefined) throw invalidArgument('x-amz-grant', item.trim(), 'Argument format not recognized')
    return { grantee: granteeOf(kind.toLowerCase(), value), permission }
  })
}

function granteeOf(kind: string, value: string): Grantee {
  if (kind === 'uri') {
    if (!Object.values<string>(groups).includes(value)) throw invalidArgument('Group URI', value, 'Invalid group uri')
    return { uri: value }
  }
  if (kind === 'id') {
    if (!/^[0-9a-f]{64}$/.test(value)) throw invalidArgument('CanonicalUser/ID', value, 'Invalid id')
    return { id: value }
  }
  if (kind === 'emailaddress') {
    throw awsError(
      'UnresolvableGrantByEmailAddress',
      'The e-mail address you provided does not match any account on record.',
      {
        status: 400,
      },
    )
  }
  throw invalidArgument('x-amz-grant', kind, 'Argument format not recognized')
}

function bodyGrants({ Grants = [], Owner }: NonNullable<AclInput['AccessControlPolicy']>, owner: string): Grant[] {
  if (Owner?.ID === undefined) throw malformed('AccessControlPolicy needs its Owner.')
  if (Owner.ID !== canonicalUserId(owner))
    throw awsError('AccessDenied', 'The owner cannot be changed.', { status: 403 })
  return Grants.map(({ Grantee: to, Permission: name }) => {
    const permission = permissions.find((known) => known === name)
    if (!to || !permission) throw malformed('A Grant needs a Grantee and a Permission.')
    if (to.Type === 'Group') return { grantee: granteeOf('uri', to.URI ?? ''), permission }
    if (to.Type === 'CanonicalUser') return { grantee: granteeOf('id', to.ID ?? ''), permission }
    return { grantee: granteeOf('emailaddress', to.EmailAddress ?? ''), permission }
  })
}

function bounded(grants: readonly Grant[]): Acl {
  if (grants.length > maxGrants) throw malformed(`An ACL holds at most ${maxGrants} grants.`)
  return grants
}
