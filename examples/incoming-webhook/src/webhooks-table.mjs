import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'

const table = DynamoDBDocumentClient.from(new DynamoDBClient())
const TableName = process.env.WEBHOOKS_TABLE
const monthSec = 30 * 86_400

/**
 * Notes that a webhook came. False when one of that id is on the bus already; one that was begun and never finished, as the
 * function ended in between, is begun again.
 */
export async function begin(id) {
  const Item = { id, isOnBus: false, forgottenAtSec: Math.floor(Date.now() / 1000) + monthSec }
  const ConditionExpression = 'attribute_not_exists(id) OR isOnBus = :no'
  try {
    const values = { ':no': false }
    await table.send(new PutCommand({ TableName, Item, ConditionExpression, ExpressionAttributeValues: values }))
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

/** Notes that a webhook is on the bus. */
export async function finish(id) {
  const ExpressionAttributeValues = { ':yes': true }
  const UpdateExpression = 'SET isOnBus = :yes'
  await table.send(new UpdateCommand({ TableName, Key: { id }, UpdateExpression, ExpressionAttributeValues }))
}
