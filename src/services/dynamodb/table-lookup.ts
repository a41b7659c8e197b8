import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { type Index, type Table, table } from './state.ts'

/** The table's name from what `TableName` may be: a name or an ARN of a table in this account and region. */
export function tableNameOf(nameOrArn: string, ctx: Pick<Ctx, 'account' | 'region'>): string {
  const arn = nameOrArn.startsWith('arn:') ? parseArn(nameOrArn) : undefined
  if (!arn) {
    checkName(nameOrArn)
    return nameOrArn
  }
  if (arn.service !== 'dynamodb' || !arn.resource.startsWith('table/')) {
    throw awsError('ValidationException', `Invalid TableArn: ${nameOrArn} does not name a table.`)
  }
  if (arn.region !== ctx.region) {
    throw awsError('ValidationException', `Invalid TableArn: send requests for ${nameOrArn} to region ${arn.region}.`)
  }
  if (arn.account !== ctx.account) {
    throw awsError(
      'AccessDeniedException',
      `${nameOrArn} belongs to another account: tables are used by their own account alone here.`,
    )
  }
  return arn.resource.slice('table/'.length)
}

/** Throws when no table can have the name. Short ones are only looked for: the service does not refuse them here. */
function checkName(name: string): void {
  const broken = [
    ...(name.length > 255 ? ['Member must have length less than or equal to 255'] : []),
    ...(validName.test(name) ? [] : [`Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`]),
  ]
  if (broken.length === 0) return
  const shown = name.slice(0, 300)
  const sentences = broken.map((rule) => `Value '${shown}' at 'tableName' failed to satisfy constraint: ${rule}`)
  const count = `${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: `
  throw awsError('ValidationException', count + sentences.join('; '))
}

const validName = /^[a-zA-Z0-9_.-]+$/

export function tableArn(ctx: Pick<Ctx, 'arn'>, name: string): string {
  return ctx.arn('dynamodb', `table/${name}`)
}

/** The table for an operation on its items. Throws ResourceNotFoundException. */
export async function tableOf(tx: ReadTx, nameOrArn: string, ctx: Ctx): Promise<Table> {
  const found = await tx.get(table(tableNameOf(nameOrArn, ctx)))
  if (!found || found.restoring) throw awsError('ResourceNotFoundException', 'Requested resource not found')
  return found
}

/** The table for an operation on the table itself: the error names it. Throws ResourceNotFoundException. */
export async function namedTable(tx: ReadTx, nameOrArn: string, ctx: Ctx): Promise<Table> {
  const name = tableNameOf(nameOrArn, ctx)
  const found = await tx.get(table(name))
  if (!found) throw awsError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`)
  return found
}

/** The index to read. Throws ValidationException when the table has none of that name, or it is still being made. */
export function readableIndex(from: Table, name: string): Index {
  const index = from.indexes.find((candidate) => candidate.name === name)
  if (!index || index.status === 'DELETING') {
    throw awsError('ValidationException', `The table does not have the specified index: ${name}`)
  }
  if (index.status === 'CREATING') {
    throw awsError(
      'ValidationException',
      `Cannot read from backfilling global secondary index: ${name}. Wait until DescribeTable says it is ACTIVE.`,
    )
  }
  return index
}
