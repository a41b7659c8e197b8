import type { CSV, ParseKeyValue } from '@aws-sdk/client-cloudwatch-logs'
import { csvRows } from '../csv.ts'
import { type Fields, isFields, mergeAt } from './fields.ts'

/** An event that a transformer can make nothing of. It is kept as it came. */
export class NotTransformed extends Error {
  override name = 'NotTransformed'
}

/** Of one line: to make some hundred thousand of them takes seconds, and an event ends with no more than 200. */
const mostMembers = 10_000

/** The members of a JSON object in text. Throws NotTransformed. */
export function jsonOf(text: string): Fields {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isFields(parsed)) return parsed
  } catch (error) {
    throw new NotTransformed('it is not JSON', { cause: error })
  }
  throw new NotTransformed('it is no JSON object')
}

/** One line of values; those without a name of their own are `column_1` and so on. */
export function csvOf(text: string, { quoteCharacter: quote = '"', delimiter = ',', columns = [] }: CSV): Fields {
  // An event is one row, whatever lines it has.
  const line = text.replaceAll(/[\r\n]+/g, ' ')
  const [values = []] = csvRows(line, { delimiter: delimiter === '\\t' ? '\t' : delimiter, quote })
  if (values.length > mostMembers) throw new NotTransformed(`it has more than ${mostMembers} values`)
  return Object.fromEntries(values.map((one, index) => [columns[index] ?? `column_${index + 1}`, one]))
}

/** `a=1&b=2` into `into`. A part without a value has `nonMatchValue`, or null. */
export function keyValues(text: string, settings: ParseKeyValue, into: Fields): void {
  const { fieldDelimiter = '&', keyValueDelimiter = '=', keyPrefix = '', nonMatchValue = null } = settings
  const members: Fields = {}
  const parts = text.split(fieldDelimiter)
  if (parts.length > mostMembers) throw new NotTransformed(`it has more than ${mostMembers} parts`)
  for (const part of parts) {
    if (part === '') continue
    const at = part.indexOf(keyValueDelimiter)
    const name = keyPrefix + (at === -1 ? part : part.slice(0, at))
    members[name] = at === -1 ? nonMatchValue : part.slice(at + keyValueDelimiter.length)
  }
  mergeAt(into, settings.destination, members, settings.overwriteIfExists ?? false)
}
