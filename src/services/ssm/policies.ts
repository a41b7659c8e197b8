import { awsError } from '../../kernel/errors.ts'

/** What a parameter's policies ask for, as far as Landfall does it. */
export interface ParsedPolicies {
  readonly expiresAtMs: number
}

interface Policy {
  readonly Type?: unknown
  readonly Version?: unknown
  readonly Attributes?: { readonly Timestamp?: unknown } | null
}

/**
 * Reads the policies of an advanced parameter: Expiration works, those that only notify are refused by name.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
 */
export function parsePolicies(text: string, nowMs: number): ParsedPolicies | undefined {
  const list = readList(text)
  if (list.length === 0) return undefined
  if (list.length > 1) throw unsupported('One policy, Expiration, is supported by Landfall for a parameter so far.')
  const [{ Type, Version, Attributes } = {}] = list
  if (Type !== 'Expiration') {
    throw awsError(
      'InvalidPolicyTypeException',
      `The policy type ${String(Type)} isn't supported by Landfall, which supports Expiration so far.`,
    )
  }
  if (Version !== '1.0') throw unsupported('The Version of a policy is 1.0.')
  const expiresAtMs = Date.parse(String(Attributes?.Timestamp))
  if (Number.isNaN(expiresAtMs)) throw unsupported('Expiration needs a Timestamp in ISO 8601, as 2030-01-02T00:00:00Z.')
  if (expiresAtMs <= nowMs) throw unsupported('The Timestamp of Expiration must be in the future.')
  return { expiresAtMs }
}

/** As DescribeParameters and the history show a version's policies. */
export function describePolicies(
  text: string | undefined,
): { PolicyText: string; PolicyType: string; PolicyStatus: string }[] {
  return readList(text ?? '[]').map((policy) => ({
    PolicyText: JSON.stringify(policy),
    PolicyType: String(policy.Type),
    PolicyStatus: 'Pending',
  }))
}

function readList(text: string): Policy[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (error) {
    throw unsupported(`Policies are a JSON list: ${(error as Error).message}`)
  }
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'object' && one !== null)) {
    throw unsupported('Policies are a JSON list of objects.')
  }
  return list as Policy[]
}

function unsupported(message: string): Error {
  return awsError('InvalidPolicyAttributeException', message)
}
