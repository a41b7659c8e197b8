import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { MessageAttribute } from './state.ts'

interface Given {
  readonly DataType: string
  readonly StringValue?: string
  readonly BinaryValue?: Uint8Array
}

/** Reads message attributes as given. Throws InvalidParameterValue naming the attribute. */
export function readAttributes(
  given: Readonly<Record<string, Given>> = {},
): Record<string, MessageAttribute> | undefined {
  const entries = Object.entries(given)
  if (entries.length === 0) return undefined
  return Object.fromEntries(entries.map(([name, value]) => [checkName(name), readOne(name, value)]))
}

function readOne(name: string, { DataType, StringValue, BinaryValue }: Given): MessageAttribute {
  const [type = ''] = DataType.split('.', 1)
  if (!['String', 'Number', 'Binary'].includes(type) || DataType.length > 256) {
    throw refuse(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  }
  const content = type === 'Binary' ? BinaryValue : StringValue
  if (content === undefined || content.length === 0) {
    throw refuse(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${DataType}'.`,
    )
  }
  if (
    type === 'Number' &&
    !/^[+-]?(\d{1,38}(\.\d{0,38})?|\.\d{1,38})([eE][+-]?\d{1,3})?$/.test(String(content).trim())
  ) {
    throw refuse(`Could not cast message attribute '${name}' value to number.`)
  }
  return typeof content === 'string'
    ? { dataType: DataType, stringValue: content }
    : { dataType: DataType, binaryValue: content }
}

/** Names of AWS are those that SNS itself reads: `AWS.SNS.SMS.SenderID`, `AWS.SNS.MOBILE.APNS.TTL`. */
function checkName(name: string): string {
  if (!/^(?!aws\.(?!sns\.(?:sms|mobile)\.)|amazon\.|\.)[\w-]+(?:\.[\w-]+)*$/i.test(name) || name.length > 256) {
    throw refuse(
      `The message attribute name '${name.slice(0, 300)}' is invalid: use 1 to 256 letters, digits, hyphens, underscores and single inner periods, and do not begin with AWS. or Amazon.`,
    )
  }
  return name
}

/** What attributes add to the size of a message: names, types and values. */
export function attributesBytes(attributes: Readonly<Record<string, MessageAttribute>> = {}): number {
  return Object.entries(attributes).reduce(
    (bytes, [name, { dataType, stringValue = '', binaryValue }]) =>
      bytes + Buffer.byteLength(name + dataType + stringValue) + (binaryValue?.length ?? 0),
    0,
  )
}

function refuse(message: string): AwsError {
  return awsError('InvalidParameterValueException', message)
}
