import { awsError } from '../../kernel/errors.ts'

export interface GivenDimension {
  readonly Name: string
  readonly Value: string
}

/** Dimensions as a record. At most 30, each name once. */
export function readDimensions(given: readonly GivenDimension[] = []): Record<string, string> {
  if (given.length > 30)
    throw awsError('InvalidParameterValue', 'The collection Dimensions must not have a size greater than 30.')
  const dimensions: Record<string, string> = {}
  for (const { Name, Value } of given) {
    if (Object.hasOwn(dimensions, Name))
      throw awsError('InvalidParameterValue', `The dimension ${Name} is given twice.`)
    dimensions[Name] = Value
  }
  return dimensions
}

export function writeDimensions(dimensions: Readonly<Record<string, string>>): { Name: string; Value: string }[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
}
