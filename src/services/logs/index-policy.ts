import { awsError } from '../../kernel/errors.ts'
import type { IndexedField } from '../../telemetry/log-state.ts'

const mostFields = 20
const mostNameLength = 100
const fieldName = /^@{0,2}[.\-_/#A-Za-z0-9]+$/
/** Of an event, not in it; by its stream it is found anyway. */
const ofEvents = ['@message', '@timestamp', '@ingestionTime', '@log', '@logStream', '@ptr']

/**
 * The fields of an index policy, `{"Fields": ["a"], "FieldsV2": {"b": {"type": "FACET"}}}`. Throws
 * InvalidParameterException.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing-Syntax.html
 */
export function fieldsOfPolicy(document: string): IndexedField[] {
  const { Fields = [], FieldsV2 = {}, ...rest } = objectIn(parsed(document), 'it')
  const [odd] = Object.keys(rest)
  if (odd !== undefined) throw invalid(`it has a member ${odd}, which index policies do not have`)
  if (!Array.isArray(Fields)) throw invalid('Fields must be a list of names')
  const plain = Fields.map((name): IndexedField => ({ name: nameIn(name), type: 'FIELD_INDEX' }))
  const typed = Object.entries(objectIn(FieldsV2, 'FieldsV2')).map(([name, about]): IndexedField => {
    const { type } = objectIn(about, name)
    if (type !== 'FIELD_INDEX' && type !== 'FACET') throw invalid(`the type of ${name} must be FIELD_INDEX or FACET`)
    return { name: nameIn(name), type }
  })
  const fields = [...plain, ...typed]
  if (fields.length === 0) throw invalid('it must have a field')
  if (fields.length > mostFields) throw invalid(`it can have at most ${mostFields} fields`)
  if (new Set(fields.map(({ name }) => name)).size < fields.length) throw invalid('it names a field twice')
  return fields
}

function nameIn(value: unknown): string {
  if (typeof value !== 'string' || value.length > mostNameLength || !fieldName.test(value))
    throw invalid(`names of fields are at most ${mostNameLength} letters, digits and . - _ / # long`)
  if (ofEvents.includes(value)) throw invalid(`${value} is not a field that a policy can index`)
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw awsError('InvalidParameterException', 'The index policy is not valid JSON.', { cause: error })
  }
}

function objectIn(value: unknown, name: string): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid(`${name} must be an object`)
  return { ...value }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', `Invalid index policy: ${problem}.`)
}
