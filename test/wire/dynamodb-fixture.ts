import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { expect } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

/** A node with a client, and what the tests of tables have in common. */
export interface Tables extends AsyncDisposable {
  readonly node: TestNode
  readonly db: DynamoDBClient
  /** Makes a table with string keys `pk` and, unless told otherwise, `sk`. Answers its name. */
  makeTable(more?: Partial<CreateTableCommandInput>, sort?: boolean): Promise<string>
  /** A client of a user who may do just this. */
  userWith(...Statement: object[]): Promise<DynamoDBClient>
}

export async function startTables(): Promise<Tables> {
  const node = await startNode()
  const db = node.client(DynamoDBClient)
  let serial = 0
  return {
    node,
    db,
    async makeTable(more = {}, sort = true) {
      const TableName = more.TableName ?? `table-${++serial}`
      await db.send(
        new CreateTableCommand({
          TableName,
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            ...(sort ? [{ AttributeName: 'sk', AttributeType: 'S' as const }] : []),
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            ...(sort ? [{ AttributeName: 'sk', KeyType: 'RANGE' as const }] : []),
          ],
          BillingMode: 'PAY_PER_REQUEST',
          ...more,
        }),
      )
      return TableName
    },
    async userWith(...Statement) {
      const iam = node.client(IAMClient)
      const UserName = `user-${++serial}`
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      await iam.send(new CreateUserCommand({ UserName }))
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
      iam.destroy()
      return node.client(DynamoDBClient, {
        credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
      })
    },
    async [Symbol.asyncDispose]() {
      db.destroy()
      await node.close()
    },
  }
}

export const key = (pk: string, sk = 'a') => ({ pk: { S: pk }, sk: { S: sk } })

/** An error with this message, a ValidationException unless told otherwise. */
export const refused = (message: string | RegExp, name = 'ValidationException') =>
  expect.objectContaining({ name, message: typeof message === 'string' ? message : expect.stringMatching(message) })

/** Waits for background work by asking, not by sleeping; so often that a busy machine gets to it. */
export async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 20_000; tries++) {
    const answer = await ask()
    if (answer) return answer
    await new Promise(setImmediate)
  }
  throw new Error('it did not come about')
}
