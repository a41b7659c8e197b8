import { awsError } from '../../kernel/errors.ts'

/*
 * Constraints of parameters that the models at hand do not know, in the words of those they know.
 */

/** Throws ValidationException unless the value is one of these. */
export function checkOneOf(path: string, value: string | undefined, options: readonly string[]): void {
  if (value === undefined || options.includes(value)) return
  throw broken(path, value, `Member must satisfy enum value set: [${options.join(', ')}]`)
}

/** Throws ValidationException when the value is smaller. */
export function checkAtLeast(path: string, value: number | undefined, least: number): void {
  if (value === undefined || value >= least) return
  throw broken(path, value, `Member must have value greater than or equal to ${least}`)
}

export function checkAtMost(path: string, value: number | undefined, most: number): void {
  if (value === undefined || value <= most) return
  throw broken(path, value, `Member must have value less than or equal to ${most}`)
}

/** Throws ValidationException when the text is shorter, longer, or of another pattern. */
export function checkText(path: string, value: string, { least = 0, most, pattern }: TextRule): void {
  if (value.length < least) throw broken(path, value, `Member must have length greater than or equal to ${least}`)
  if (value.length > most) throw broken(path, value, `Member must have length less than or equal to ${most}`)
  if (pattern && !new RegExp(`^(?:${pattern})$`).test(value)) {
    throw broken(path, value, `Member must satisfy regular expression pattern: ${pattern}`)
  }
}

interface TextRule {
  readonly least?: number
  readonly most: number
  readonly pattern?: string
}

function broken(path: string, value: string | number, rule: string) {
  const shown = String(value).slice(0, 300)
  return awsError(
    'ValidationException',
    `1 validation error detected: Value '${shown}' at '${path}' failed to satisfy constraint: ${rule}`,
  )
}
