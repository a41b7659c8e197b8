import { awsError } from '../../kernel/errors.ts'

export interface GivenDimension {
  readonly Name: string
  readonly Value: string
}

/** Dimensions as a record. At most 30, each name once. */
export function readDimensions(given: readonly GivenDimension[] = []): Record<string, string> {
  if (given.length > 30)
    throw awsError('InvalidParameterValue', 'The collection Dimensions must not have a size greater than 30.')
  const dimensions = new Map<string, string>()
  for (const { Name, Value } of given) {
    if (dimensions.has(Name)) throw awsError('InvalidParameterValue', `The dimension ${Name} is given twice.`)
    dimensions.set(Name, Value)
  }
  return Object.fromEntries(dimensions)
}

export function writeDimensions(dimensions: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
}

/**
 * Throws InvalidParameterValue unless dimensions that come with data are of printable ASCII, have more than spaces, and
 * names that do not begin with a colon. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
export function checkDimensions(given: readonly GivenDimension[] = [], path: string): void {
  for (const [index, { Name, Value }] of given.entries()) {
    const at = `${path}.Dimensions.member.${index + 1}`
    for (const [part, text] of [
      ['Name', Name],
      ['Value', Value],
    ] as const) {
      checkAscii(text, `${at}.${part}`)
      if (text.trim() === '')
        throw awsError('InvalidParameterValue', `The parameter ${at}.${part} must have a character that is no space.`)
    }
    if (Name.startsWith(':'))
      throw awsError('InvalidParameterValue', `The parameter ${at}.Name must not begin with a colon.`)
  }
}

/** Throws InvalidParameterValue for anything but printable ASCII; the service calls control characters so, too. */
export function checkAscii(text: string, path: string): void {
  if (/[^ -~]/.test(text))
    throw awsError('InvalidParameterValue', `The value for parameter ${path} contains non-ASCII characters.`)
}
