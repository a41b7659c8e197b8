import { createHash } from 'node:crypto'
import { awsError } from '../../kernel/errors.ts'
import type { MessageAttribute } from './state.ts'

interface GivenAttribute {
  readonly DataType: string
  readonly StringValue?: string
  readonly BinaryValue?: Uint8Array
  readonly StringListValues?: readonly string[]
  readonly BinaryListValues?: readonly Uint8Array[]
}

const names = /^[A-Za-z0-9_.-]{1,256}$/

/** Reads message attributes as given. Throws InvalidParameterValue naming the attribute. At most 10. */
export function readAttributes(
  given: Readonly<Record<string, GivenAttribute>>,
): Record<string, MessageAttribute> | undefined {
  const entries = Object.entries(given)
  if (entries.length === 0) return undefined
  if (entries.length > 10)
    throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`)
  const read: Record<string, MessageAttribute> = {}
  for (const [name, value] of entries) {
    checkName(name)
    const [type] = value.DataType.split('.', 1) as [string]
    if (value.StringListValues?.length || value.BinaryListValues?.length) {
      throw invalid(`Message attribute list values in message attribute '${name}' are not supported.`)
    }
    if (type !== 'String' && type !== 'Number' && type !== 'Binary') {
      throw invalid(
        `The type of message attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
      )
    }
    if (value.DataType.length > 256)
      throw invalid(`The type of message attribute '${name}' is longer than 256 characters.`)
    const content = type === 'Binary' ? value.BinaryValue : value.StringValue
    if (content === undefined || content.length === 0) {
      throw invalid(
        `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
      )
    }
    if (type === 'Number' && !isNumber(content as string))
      throw invalid(`Could not cast message attribute '${name}' value to number.`)
    read[name] =
      typeof content === 'string'
        ? { dataType: value.DataType, stringValue: content }
        : { dataType: value.DataType, binaryValue: content }
  }
  return read
}

function checkName(name: string): void {
  const lower = name.toLowerCase()
  if (
    !names.test(name) ||
    name.startsWith('.') ||
    name.endsWith('.') ||
    name.includes('..') ||
    lower.startsWith('aws.') ||
    lower.startsWith('amazon.')
  ) {
    throw invalid(
      `The message attribute name '${name.slice(0, 300)}' is invalid: use 1 to 256 letters, digits, hyphens, underscores and single inner periods, and do not begin with AWS. or Amazon.`,
    )
  }
}

/** Up to 38 digits of precision, as the service documents. */
function isNumber(text: string): boolean {
  return /^[+-]?(\d{1,38}(\.\d{0,38})?|\.\d{1,38})([eE][+-]?\d{1,3})?$/.test(text.trim())
}

/** What attributes add to the size of a message: names, types and values. */
export function attributesBytes(attributes: Readonly<Record<string, MessageAttribute>> | undefined): number {
  let bytes = 0
  for (const [name, value] of Object.entries(attributes ?? {})) {
    bytes +=
      Buffer.byteLength(name) +
      Buffer.byteLength(value.dataType) +
      Buffer.byteLength(value.stringValue ?? '') +
      (value.binaryValue?.length ?? 0)
  }
  return bytes
}

/**
 * The digest that clients check.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function attributesMd5(attributes: Readonly<Record<string, MessageAttribute>> | undefined): string | undefined {
  const sorted = Object.keys(attributes ?? {}).sort()
  if (!attributes || sorted.length === 0) return undefined
  const digest = createHash('md5')
  const add = (bytes: Uint8Array) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    digest.update(length).update(bytes)
  }
  for (const name of sorted) {
    const value = attributes[name]!
    add(Buffer.from(name))
    add(Buffer.from(value.dataType))
    digest.update(Buffer.from([value.binaryValue ? 2 : 1]))
    add(value.binaryValue ?? Buffer.from(value.stringValue ?? ''))
  }
  return digest.digest('hex')
}

/** The attributes a receive asked for: `All`, `.*`, a name, or a prefix ending in `.*`. */
export function selectAttributes(
  attributes: Readonly<Record<string, MessageAttribute>> | undefined,
  wanted: readonly string[],
): Record<string, MessageAttribute> | undefined {
  if (!attributes || wanted.length === 0) return undefined
  const all = wanted.includes('All') || wanted.includes('.*')
  const chosen = Object.entries(attributes).filter(
    ([name]) =>
      all || wanted.some((want) => want === name || (want.endsWith('.*') && name.startsWith(want.slice(0, -2)))),
  )
  return chosen.length > 0 ? Object.fromEntries(chosen) : undefined
}

function invalid(message: string): Error {
  return awsError('InvalidParameterValue', message)
}
