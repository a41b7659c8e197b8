import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Order } from './order.ts'

const table = DynamoDBDocumentClient.from(new DynamoDBClient())
const TableName = process.env.ORDERS_TABLE

/** Keeps a new order. Throws when the id is taken. */
export async function keepOrder(order: Order): Promise<void> {
  await table.send(new PutCommand({ TableName, Item: order, ConditionExpression: 'attribute_not_exists(id)' }))
}

export async function findOrder(id: string): Promise<Order | undefined> {
  const { Item } = await table.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }))
  return Item as Order | undefined
}

export async function markFulfilled(id: string, receipt: string): Promise<void> {
  await table.send(
    new UpdateCommand({
      TableName,
      Key: { id },
      ConditionExpression: 'attribute_exists(id)',
      UpdateExpression: 'SET #status = :fulfilled, receipt = :receipt',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':fulfilled': 'fulfilled', ':receipt': receipt },
    }),
  )
}
