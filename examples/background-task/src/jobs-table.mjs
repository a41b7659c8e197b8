import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'

/**
 * A job in the table: `id`, its `payments` as they were asked for, `acceptedAtMs`, and `state`, which goes from `waiting` to `done`
 * (with a `result`) or, when its last attempt fails, to `failed`. `reason` says how the last attempt failed.
 */
const table = DynamoDBDocumentClient.from(new DynamoDBClient())
const TableName = process.env.JOBS_TABLE

/** Keeps a new job. False when there is one of that id, which stays as it is. */
export function keep(job) {
  return unlessRefused(new PutCommand({ TableName, Item: job, ConditionExpression: 'attribute_not_exists(id)' }))
}

export async function find(id) {
  return (await table.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }))).Item
}

/** Changes a job that is not done. False when it is, or is gone. */
export function change(id, changes) {
  const names = Object.keys(changes)
  return unlessRefused(
    new UpdateCommand({
      TableName,
      Key: { id },
      ConditionExpression: 'attribute_exists(id) AND #state <> :done',
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: { '#state': 'state', ...Object.fromEntries(names.map((name) => [`#${name}`, name])) },
      ExpressionAttributeValues: {
        ':done': 'done',
        ...Object.fromEntries(names.map((name) => [`:${name}`, changes[name]])),
      },
    }),
  )
}

/** The ids of the jobs in a state that were accepted before a time, by pages. */
export async function* idsBefore(state, beforeMs) {
  const query = {
    TableName,
    IndexName: 'byState',
    KeyConditionExpression: '#state = :state AND acceptedAtMs < :before',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':state': state, ':before': beforeMs },
  }
  for await (const { Items } of paginateQuery({ client: table }, query)) yield* Items.map(({ id }) => id)
}

export async function remove(id) {
  await table.send(new DeleteCommand({ TableName, Key: { id } }))
}

async function unlessRefused(command) {
  try {
    await table.send(command)
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
