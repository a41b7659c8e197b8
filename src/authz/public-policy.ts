/**
 * Whether the policy of a resource is public: some statement allows everybody and is not narrowed to fixed values by a
 * condition that S3 counts as narrowing.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export function isPublicPolicy(policy: string): boolean {
  const { Statement } = JSON.parse(policy) as { Statement?: unknown }
  return list(Statement).some((statement) => isPublicStatement(statement as Record<string, unknown>))
}

function isPublicStatement({ Effect, Principal, NotPrincipal, Condition }: Record<string, unknown>): boolean {
  if (Effect !== 'Allow') return false
  if (NotPrincipal === undefined && !namesEverybody(Principal)) return false
  return !Object.entries((Condition ?? {}) as Record<string, Record<string, unknown>>).some(([operator, tests]) =>
    Object.entries(tests).some(([key, values]) => isNarrowing(operator, key.toLowerCase(), list(values).map(String))),
  )
}

function namesEverybody(principal: unknown): boolean {
  if (principal === '*') return true
  if (typeof principal !== 'object' || principal === null) return false
  return Object.values(principal).some((names) => list(names).includes('*'))
}

/** Keys whose value a stranger can't choose. */
const narrowingKeys = new Set([
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceowner',
  'aws:sourceorgid',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
])

function isNarrowing(operator: string, key: string, values: readonly string[]): boolean {
  // "IfExists" passes when the key is absent, and a negation names only who is left out.
  if (/ifexists$/i.test(operator) || /not/i.test(operator)) return false
  if (key === 'aws:sourceip') return /^ipaddress$/i.test(operator) && values.every((range) => !isWideRange(range))
  if (!narrowingKeys.has(key)) return false
  if (!/^(?:foranyvalue:)?(?:string|arn)/i.test(operator)) return false
  return values.every((value) => !/[*?]|\$\{/.test(value) || (key.endsWith('arn') && /^arn:[^*?]+:\d{12}:/.test(value)))
}

/** S3 counts ranges wider than /8 (IPv4) and /32 (IPv6) as everybody. */
function isWideRange(range: string): boolean {
  const bits = Number(range.split('/')[1] ?? Number.NaN)
  return !Number.isNaN(bits) && bits < (range.includes(':') ? 32 : 8)
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
