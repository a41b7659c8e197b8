import { isAwsError } from '../../../kernel/errors.ts'
import { type KeyedChange, preparePut } from '../changes.ts'
import { isRecord, recordOf, wireItem } from '../import-lines.ts'
import type { Table } from '../state.ts'

const members = new Set(['Item', 'ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'])

/** What is wrong with one line, of which the operation goes on. */
export interface LineError {
  readonly code: string
  readonly message: string
}

/** A line as it can be written, or why it cannot. */
export type ReadLine = ((table: Table) => KeyedChange) | LineError

/**
 * Reads a line: `{"Item": …}` as imports have it. An item may have a condition, in the members that PutItem has for it:
 * the documents say that there are conditions by item, and not where they stand.
 */
export function readBulkLine(line: string): ReadLine {
  try {
    const record = recordOf(line)
    const unknown = Object.keys(record).find((name) => !members.has(name))
    if (unknown !== undefined) throw new Error(`a line has the unknown member ${unknown}`)
    const {
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    } = record
    if (condition !== undefined && typeof condition !== 'string') throw new Error('ConditionExpression is no text')
    if (values !== undefined && !isRecord(values)) throw new Error('ExpressionAttributeValues is no object')
    return preparePut({
      Item: wireItem(record.Item),
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ...(names === undefined ? {} : { ExpressionAttributeNames: namesOf(names) }),
      ...(values === undefined ? {} : { ExpressionAttributeValues: wireItem(values) }),
    })
  } catch (error) {
    return lineError(error)
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
