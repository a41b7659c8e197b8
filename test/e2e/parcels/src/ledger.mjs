import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'

const table = new DynamoDBClient({})

/** Keeps, for each customer, the order in which parcels were labelled. */
export const handler = async ({ Records }) => {
  for (const { body, attributes } of Records) {
    await table.send(
      new UpdateItemCommand({
        TableName: process.env.TABLE,
        Key: { id: { S: `ledger#${attributes.MessageGroupId}` } },
        UpdateExpression: 'SET entries = list_append(if_not_exists(entries, :none), :entry)',
        ExpressionAttributeValues: { ':none': { L: [] }, ':entry': { L: [{ S: body }] } },
      }),
    )
    console.log(`entered ${body} for ${attributes.MessageGroupId}`)
  }
}
