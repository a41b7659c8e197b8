import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import shared from './shared.js'

const table = new DynamoDBClient({})
const TableName = process.env.TABLE

export const handler = async ({ routeKey, pathParameters, queryStringParameters }, context) => {
  if (context.memoryLimitInMB !== '512') throw new Error('not the memory that was asked for')
  if (routeKey === 'GET /parcels/{id}') {
    const { Item } = await table.send(new GetItemCommand({ TableName, Key: { id: { S: pathParameters.id } } }))
    return Item ? unmarshall(Item) : shared.reply(404, { error: 'no such parcel' })
  }
  const { Items } = await table.send(
    new QueryCommand({
      TableName,
      IndexName: 'byCustomer',
      KeyConditionExpression: 'customer = :c AND registeredAt >= :since',
      ExpressionAttributeValues: {
        ':c': { S: pathParameters.customer },
        ':since': { N: queryStringParameters?.since ?? '0' },
      },
      ScanIndexForward: false,
    }),
  )
  return Items.map((item) => unmarshall(item).id)
}
