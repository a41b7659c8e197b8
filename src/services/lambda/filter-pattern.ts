import { type EventPattern, PatternError, parsePattern } from '../../delivery/event-pattern.ts'
import { invalid } from './errors.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export type Pattern = EventPattern

/** Reads a pattern. Throws InvalidParameterValueException when it is not one. */
export function readPattern(text: string): Pattern {
  try {
    return parsePattern(text)
  } catch (error) {
    throw error instanceof PatternError ? invalid(`Invalid filter pattern definition. ${error.message}`) : error
  }
}
