import type { ReadTx } from './records.ts'

/** One thing a request needs to be allowed: an IAM action on a resource, with what conditions may ask about. */
export interface AccessRequest {
  /** `service:Action` as in the published action tables. */
  readonly action: string
  /** An ARN, or `*` only where the published table names no resource type for the action. */
  readonly resource: string
  /** Service-specific condition keys (`s3:prefix`, `iam:PassedToService`, …); a list is a multi-valued key. */
  readonly context?: Readonly<Record<string, ContextValue>>
  /** The resource's policy (JSON text); null where it is known to have none. Absent: the resource's service is asked. */
  readonly resourcePolicy?: string | null | undefined
  /** True where that policy must allow even inside the account: a role's trust policy, a KMS key's. */
  readonly policyRequired?: boolean
  /** Tags of the resource, for `aws:ResourceTag/…`. */
  readonly resourceTags?: Readonly<Record<string, string>> | undefined
  /** The account that owns the resource when its ARN does not say (S3). Default: the ARN's, else the request's. */
  readonly resourceAccount?: string | undefined
}

/** What handing a role to a service (`lambda.amazonaws.com`) needs. */
export function passingRole(roleArn: string, service: string): AccessRequest {
  return { action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': service } }
}

export type ContextValue = string | number | boolean | readonly string[]

/**
 * Finds the policy and tags of a resource, for the check of a request on it. Each service with resource policies
 * declares one; the rest declares none.
 */
export type ResourcePolicyLookup = (
  tx: ReadTx,
  arn: string,
) => Promise<{ policy?: string | undefined; tags?: Record<string, string> | undefined } | undefined>

/** Everything known of the request itself that conditions may use (`aws:SourceIp`, `aws:RequestTag/…`, `aws:SourceArn`, …). */
export type RequestContext = Readonly<Record<string, ContextValue>>

/** What conditions may ask about the tags that a request gives: `aws:TagKeys`, `aws:RequestTag/…`. */
export function requestTags(tags: Readonly<Record<string, string>> = {}): Record<string, ContextValue> {
  const entries = Object.entries(tags)
  return {
    'aws:TagKeys': entries.map(([key]) => key),
    ...Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  }
}
