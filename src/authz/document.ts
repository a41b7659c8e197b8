/** A policy as its JSON has it, after `parsePolicy` made sure of the shape. */
export interface PolicyDocument {
  readonly Version?: string
  readonly Id?: string
  readonly Statement: readonly StatementDocument[]
}

export interface StatementDocument {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: PrincipalDocument
  readonly NotPrincipal?: PrincipalDocument
  readonly Action?: readonly string[]
  readonly NotAction?: readonly string[]
  readonly Resource?: readonly string[]
  readonly NotResource?: readonly string[]
  /** Operator → key → values. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** `*` or lists by kind. */
export type PrincipalDocument = '*' | Readonly<Partial<Record<PrincipalKind, readonly string[]>>>
export type PrincipalKind = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'
