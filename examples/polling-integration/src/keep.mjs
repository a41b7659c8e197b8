import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'

const table = DynamoDBDocumentClient.from(new DynamoDBClient())

/** Keeps an order that came over the bus. One that came before is left as it is. */
export async function handler({ detail: { id, customer, cents } }) {
  if (!Number.isInteger(cents)) throw new Error(`Order ${id} has no price.`)
  const Item = { id, customer, cents }
  const kept = { TableName: process.env.ORDERS_TABLE, Item, ConditionExpression: 'attribute_not_exists(id)' }
  try {
    await table.send(new PutCommand(kept))
    console.log('order kept', id)
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    console.log('order was there already', id)
  }
}
