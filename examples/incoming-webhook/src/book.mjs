import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'

const table = DynamoDBDocumentClient.from(new DynamoDBClient())

/** Books the payments of a batch. Those that fail are named, so that only they come again. */
export async function handler({ Records }) {
  const batchItemFailures = []
  for (const { messageId, body } of Records) {
    try {
      await book(JSON.parse(body))
    } catch (error) {
      console.error(`payment failed: ${error.message}`)
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}

/** Books a payment. One that is booked stays as it is: a queue may bring it twice. */
async function book({ id, customer, cents }) {
  if (!Number.isInteger(cents) || cents <= 0) throw new Error(`${id} is of ${cents} cents.`)
  const Item = { id, customer, cents }
  const booking = { TableName: process.env.PAYMENTS_TABLE, Item, ConditionExpression: 'attribute_not_exists(id)' }
  await table.send(new PutCommand(booking)).catch((error) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  })
  console.log('payment booked', id)
}
