/** Who made a request, as authentication found out. */
export interface Principal {
  /**
   * `service` is Landfall itself acting for a service (`lambda.amazonaws.com`), never a request from outside;
   * `federated` is whom an identity provider vouches for, while it asks for a role.
   */
  readonly kind: 'root' | 'user' | 'role' | 'service' | 'federated' | 'anonymous'
  /** The account that the credentials belong to; empty for `anonymous` and `service`. */
  readonly account: string
  /** `arn:aws:iam::…:user/x`, `arn:aws:sts::…:assumed-role/role/session`, `arn:aws:iam::…:root`; the service's name for `service`. */
  readonly arn: string
  /** `aws:userid`: AIDA…, AROA…:session, the account for root. */
  readonly userId: string
  readonly accessKeyId?: string
  /** For `user`: the user's name; for `role`: the role's name. */
  readonly name?: string
  /** Temporary credentials: what narrows and describes them. */
  readonly session?: SessionInfo
}

export interface SessionInfo {
  readonly name: string
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  /** Inline session policies (JSON text) and managed policy ARNs given to AssumeRole. */
  readonly policies: readonly string[]
  readonly policyArns: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly sourceIdentity?: string
  readonly mfa?: boolean
  /** Of a role's session: the role's ARN, which unlike the session's has the role's path. */
  readonly roleArn?: string
  /** Session tags that sessions made from this one inherit. */
  readonly transitiveTagKeys?: readonly string[]
}

export const anonymous: Principal = { kind: 'anonymous', account: '', arn: '*', userId: 'anonymous' }

/** Landfall acting for `name` (such as `lambda.amazonaws.com`) on behalf of `account`. */
export function servicePrincipal(name: string): Principal {
  return { kind: 'service', account: '', arn: name, userId: name, name }
}
