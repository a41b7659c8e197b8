import { validatePolicy } from '../../authz/validate.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { SessionInfo } from '../../kernel/principal.ts'

/** What AssumeRole may be given to narrow and describe a session. */

interface Given {
  readonly Policy?: string
  readonly PolicyArns?: readonly { arn?: string }[]
  readonly Tags?: readonly { Key: string; Value: string }[]
  readonly TransitiveTagKeys?: readonly string[]
}

const maxPolicyCharacters = 2_048
const maxPolicyArns = 10
/** What the policy, ARNs and tags together may come to: AWS packs them into a binary form; here characters count. */
const maxPackedCharacters = 8_192

export function policiesOf(given: Given): Pick<SessionInfo, 'policies' | 'policyArns'> {
  if (given.Policy !== undefined) {
    validatePolicy(given.Policy, 'identity')
    if (given.Policy.length > maxPolicyCharacters) {
      throw awsError(
        'PackedPolicyTooLargeException',
        `The session policy is longer than ${maxPolicyCharacters} characters.`,
        { status: 400 },
      )
    }
  }
  const policyArns = (given.PolicyArns ?? []).flatMap(({ arn }) => (arn === undefined ? [] : [arn]))
  if (policyArns.length > maxPolicyArns) throw invalid(`At most ${maxPolicyArns} managed policies can be given.`)
  return { policies: given.Policy === undefined ? [] : [given.Policy], policyArns }
}

/** The session's tags: those that the caller's own session hands on, then the given ones. */
export function tagsOf(given: Given, caller: SessionInfo | undefined): Pick<SessionInfo, 'tags' | 'transitiveTagKeys'> {
  const inherited = caller?.transitiveTagKeys ?? []
  const tags = new Map<string, string>(inherited.map((key) => [key, caller?.tags[key] ?? '']))
  const seen = new Set(inherited.map((key) => key.toLowerCase()))
  for (const { Key, Value } of given.Tags ?? []) {
    const lower = Key.toLowerCase()
    if (seen.has(lower)) {
      throw invalid(
        inherited.some((key) => key.toLowerCase() === lower)
          ? `The tag ${Key} is a transitive tag of the calling session and can't be set.`
          : 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      )
    }
    if (lower.startsWith('aws:')) throw invalid('Tag keys that begin with aws: are reserved for system use.')
    seen.add(lower)
    tags.set(Key, Value)
  }
  for (const key of given.TransitiveTagKeys ?? []) {
    if (!tags.has(key)) throw invalid(`The transitive tag key ${key} is not among the session's tags.`)
  }
  return {
    tags: Object.fromEntries(tags),
    transitiveTagKeys: [...new Set([...inherited, ...(given.TransitiveTagKeys ?? [])])],
  }
}

/** Percent of the packed size in use. Throws PackedPolicyTooLarge over 100. */
export function packedPercent(session: Pick<SessionInfo, 'policies' | 'policyArns' | 'tags'>): number {
  const texts = [...session.policies, ...session.policyArns, ...Object.entries(session.tags).flat()]
  const percent = Math.ceil((texts.reduce((sum, text) => sum + text.length, 0) * 100) / maxPackedCharacters)
  if (percent > 100) {
    throw awsError(
      'PackedPolicyTooLargeException',
      `Policies and tags are too large together: ${percent} % of what fits.`,
      { status: 400 },
    )
  }
  return percent
}

export function invalid(message: string): AwsError {
  return awsError('ValidationError', message, { status: 400 })
}

/** Tokens are as long as what they say of the session. */
export function refuseTokenSize({ MinimumSessionTokenSize }: { MinimumSessionTokenSize?: number }): void {
  if (MinimumSessionTokenSize !== undefined)
    throw invalid('MinimumSessionTokenSize is not supported by Landfall: tokens are not padded. Leave it out.')
}
