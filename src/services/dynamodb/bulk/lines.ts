import { isAwsError } from '../../../kernel/errors.ts'
import { type KeyedChange, preparePut } from '../changes.ts'
import { isRecord, recordOf, wireItem } from '../import-lines.ts'
import { ionFields } from '../ion-items.ts'
import type { Table } from '../state.ts'
import type { WireItem } from '../wire-values.ts'
import type { BulkOperation } from './state.ts'

const members = new Set(['Item', 'ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'])

/** What is wrong with one line, of which the operation goes on. */
export interface LineError {
  readonly code: string
  readonly message: string
}

/** A line as it can be written, or why it cannot. */
export type ReadLine = ((table: Table) => KeyedChange) | LineError

interface BulkRecord {
  readonly members: readonly string[]
  readonly item: WireItem | undefined
  readonly condition: unknown
  readonly names: unknown
  readonly values: WireItem | undefined
}

/**
 * Reads a line: `{"Item": …}` as imports have it, or a struct of Ion. An item may have a condition, in the members that
 * PutItem has for it: that there are conditions by item is documented, where they stand we could not read.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Format.html
 */
export function readBulkLine(line: string, format: BulkOperation['input']['format']): ReadLine {
  try {
    const { item, condition, names, values, ...record } = format === 'ION' ? ionRecord(line) : jsonRecord(line)
    const unknown = record.members.find((name) => !members.has(name))
    if (unknown !== undefined) throw new Error(`a line has the unknown member ${unknown}`)
    if (!item) throw new Error('a line has no Item')
    if (condition !== undefined && typeof condition !== 'string') throw new Error('ConditionExpression is no text')
    return preparePut({
      Item: item,
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ...(names === undefined ? {} : { ExpressionAttributeNames: namesOf(names) }),
      ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
    })
  } catch (error) {
    return lineError(error)
  }
}

function jsonRecord(line: string): BulkRecord {
  const record = recordOf(line)
  const { ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values } = record
  if (values !== undefined && !isRecord(values)) throw new Error('ExpressionAttributeValues is no object')
  return {
    members: Object.keys(record),
    item: wireItem(record.Item),
    condition,
    names,
    values: values && wireItem(values),
  }
}

function ionRecord(text: string): BulkRecord {
  const fields = ionFields(text)
  const { Item, ConditionExpression, ExpressionAttributeNames: names, ExpressionAttributeValues: values } = fields
  if (values && !values.M) throw new Error('ExpressionAttributeValues is no struct')
  return {
    members: Object.keys(fields),
    item: Item?.M,
    condition: ConditionExpression && (ConditionExpression.S ?? null),
    names: names && Object.fromEntries(Object.entries(names.M ?? {}).map(([placeholder, { S }]) => [placeholder, S])),
    values: values?.M,
  }
}

export function lineError(error: unknown): LineError {
  const message = error instanceof Error ? error.message : String(error)
  return { code: isAwsError(error) ? error.code : 'ValidationException', message }
}

function namesOf(given: unknown): Record<string, string> {
  if (!isRecord(given)) throw new Error('ExpressionAttributeNames is no object')
  return Object.fromEntries(
    Object.entries(given).map(([placeholder, name]) => {
      if (typeof name !== 'string') throw new Error('ExpressionAttributeNames has something that is no text')
      return [placeholder, name]
    }),
  )
}
