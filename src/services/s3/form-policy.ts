import { awsError } from '../../kernel/errors.ts'

export interface SizeRange {
  readonly min: number
  readonly max: number
}

/** Fields that need no condition. */
const free = new Set(['policy', 'x-amz-signature', 'signature', 'awsaccesskeyid', 'file'])

/**
 * Checks a form against the conditions of its policy: each holds, and each field has one. Answers the range that the
 * file's size must be in.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function checkFormPolicy(
  conditions: readonly unknown[],
  fields: ReadonlyMap<string, string>,
  { bucket, key }: { bucket: string; key: string },
): SizeRange | undefined {
  const covered = new Set<string>()
  let range: SizeRange | undefined
  for (const condition of conditions) {
    const failed = () => denied(`Policy Condition failed: ${JSON.stringify(condition)}`)
    const [operator, subject, wanted] = partsOf(condition)
    if (operator === 'content-length-range') {
      range = { min: Number(subject), max: Number(wanted) }
      if (!(range.min >= 0 && range.max >= range.min)) throw invalid()
      continue
    }
    if (typeof subject !== 'string' || !subject.startsWith('$') || typeof wanted !== 'string') throw invalid()
    const name = subject.slice(1).toLowerCase()
    covered.add(name)
    const given = fields.get(name)
    // The key is judged as it will be; that it names the file's own name may be what was asked for.
    const value = name === 'bucket' ? bucket : name === 'key' ? key : (given ?? '')
    if (operator === 'eq') {
      if (value !== wanted && !(name === 'key' && given === wanted)) throw failed()
    } else if (operator === 'starts-with') {
      if (!value.startsWith(wanted)) throw failed()
    } else throw invalid()
  }
  for (const name of fields.keys()) {
    if (!covered.has(name) && !free.has(name) && !name.startsWith('x-ignore-') && name !== 'bucket')
      throw denied(`Extra input fields: ${name}`)
  }
  return range
}

/** `{"acl": "private"}` is `["eq", "$acl", "private"]`. */
function partsOf(condition: unknown): readonly [operator: string, subject: unknown, wanted: unknown] {
  if (Array.isArray(condition) && condition.length === 3)
    return [String(condition[0]).toLowerCase(), condition[1], condition[2]]
  if (typeof condition === 'object' && condition !== null && !Array.isArray(condition)) {
    const [entry, ...more] = Object.entries(condition)
    if (entry && more.length === 0) return ['eq', `$${entry[0]}`, entry[1]]
  }
  throw invalid()
}

function denied(why: string): Error {
  return awsError('AccessDenied', `Invalid according to Policy: ${why}`, { status: 403 })
}

function invalid(): Error {
  return awsError(
    'InvalidPolicyDocument',
    'Invalid Policy: Invalid Simple-Condition: a condition is not well-formed.',
    {
      status: 400,
    },
  )
}
