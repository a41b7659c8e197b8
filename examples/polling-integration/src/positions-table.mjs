import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'

const table = DynamoDBDocumentClient.from(new DynamoDBClient())
const TableName = process.env.POSITIONS_TABLE
const feed = 'shop-orders'

/** The id of the last order that is on the bus; 0 before the first. */
export async function position() {
  const { Item } = await table.send(new GetCommand({ TableName, Key: { feed }, ConsistentRead: true }))
  return Item?.lastId ?? 0
}

/** Moves the position on. False when it is no longer where it was read: another poll moved it. */
export async function moveOn(from, to) {
  try {
    const ConditionExpression = from === 0 ? 'attribute_not_exists(feed)' : 'lastId = :from'
    const values = from === 0 ? {} : { ExpressionAttributeValues: { ':from': from } }
    await table.send(new PutCommand({ TableName, Item: { feed, lastId: to }, ConditionExpression, ...values }))
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
