import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'

const table = DynamoDBDocumentClient.from(new DynamoDBClient())
const TableName = process.env.TOTALS_TABLE
const twoDaysSec = 172_800

/** Called with the changes of the table Files: how many files there are of each kind, and how many bytes. */
export async function handler({ Records }) {
  for (const { eventID, dynamodb } of Records) await add(eventID, dynamodb)
}

/**
 * Adds a change to the total of its kind. A stream brings a change again when the batch it was in failed: that it is counted
 * is written together with the total, and forgotten when the stream has forgotten the change.
 */
async function add(eventID, { ApproximateCreationDateTime, NewImage, OldImage }) {
  const counted = { id: `counted ${eventID}`, forgottenAtSec: ApproximateCreationDateTime + twoDaysSec }
  const sizeOf = (image) => Number(image?.sizeBytes.N ?? 0)
  const update = {
    TableName,
    Key: { id: (NewImage ?? OldImage).kind.S },
    UpdateExpression: 'ADD files :files, sizeBytes :bytes',
    ExpressionAttributeValues: {
      ':files': Number(NewImage !== undefined) - Number(OldImage !== undefined),
      ':bytes': sizeOf(NewImage) - sizeOf(OldImage),
    },
  }
  const once = { TableName, Item: counted, ConditionExpression: 'attribute_not_exists(id)' }
  try {
    await table.send(new TransactWriteCommand({ TransactItems: [{ Put: once }, { Update: update }] }))
  } catch (error) {
    const isCounted = error instanceof TransactionCanceledException && isConditional(error.CancellationReasons)
    if (!isCounted) throw error
  }
}

const isConditional = ([first]) => first.Code === 'ConditionalCheckFailed'
