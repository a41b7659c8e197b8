import { expect } from 'vitest'
import { isAwsError } from '../../src/kernel/errors.ts'
import { until } from './dynamodb-fixture.ts'

/** An item of the model's table. */
export interface Item {
  pk: { S: string }
  sk: { N: string }
  gpk?: { S: string }
  gsk?: { N: string }
  x?: { S: string }
  n?: { N: string }
  tags?: { SS: string[] }
  expires?: { N: string }
  v?: { L: { N: string }[] }
}
export type Key = Pick<Item, 'pk' | 'sk'>

/** What an action plays with. */
export interface Game {
  readonly TableName: string
  readonly model: Map<string, Item>
  readonly replica: { catchUp(): Promise<void>; restart(): Promise<void> }
  call<O = Record<string, never>>(operation: string, input: object): Promise<O>
  key(): Key
  anItem(at: Key): Item
  below(n: number): number
  chance(n: number): boolean
  advanceMs(ms: number): void
}

export const idOf = ({ pk, sk }: Key) => `${pk.S} ${sk.N}`
const keyOf = ({ pk, sk }: Key): Key => ({ pk, sk })

/** Items with their attributes in one order, in one order. */
export function sorted(items: readonly Item[]): string[] {
  return items.map((item) => JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()
}

/** The error of this name, or undefined when it succeeded. */
async function refusal(outcome: Promise<unknown>, name: string) {
  const error = await outcome.then(() => undefined).catch((thrown: unknown) => thrown)
  if (error !== undefined && !isAwsError(error, name)) throw error
  return error
}

/** Conditions, PartiQL, transactions and time to live, each compared with what the model says. */
export function moreActions(game: Game): Record<string, () => Promise<void>> {
  const { TableName, model, replica, key, anItem, below, chance } = game
  const call = <O>(operation: string, input: object) => game.call<O>(operation, { TableName: undefined, ...input })
  const statement = <O = { Items: Item[]; NextToken?: string }>(Statement: string, Parameters: object[], more = {}) =>
    call<O>('ExecuteStatement', { Statement, Parameters, ...more })
  const insertion = (item: Item) => ({
    Statement: `INSERT INTO "${TableName}" VALUE {${Object.keys(item).map((name) => `'${name}': ?`)}}`,
    Parameters: Object.values(item),
  })
  const deletion = ({ pk, sk }: Key) => ({
    Statement: `DELETE FROM "${TableName}" WHERE pk = ? AND sk = ?`,
    Parameters: [pk, sk],
  })

  return {
    async conditional() {
      const at = key()
      const before = model.get(idOf(at))
      const least = below(50)
      const holds = Number(before?.n?.N ?? -1) >= least || before?.x?.S.startsWith('xxx') === true
      const outcome = game.call('UpdateItem', {
        Key: at,
        UpdateExpression: 'SET n = if_not_exists(n, :zero) + :one',
        ConditionExpression: 'n >= :least OR begins_with(x, :start)',
        ExpressionAttributeValues: {
          ':zero': { N: '0' },
          ':one': { N: '1' },
          ':least': { N: String(least) },
          ':start': { S: 'xxx' },
        },
      })
      const error = await refusal(outcome, 'ConditionalCheckFailedException')
      expect(error === undefined).toBe(holds)
      if (before && holds) model.set(idOf(at), { ...before, n: { N: String(Number(before.n?.N ?? 0) + 1) } })
    },

    async insert() {
      const item = anItem(key())
      const { Statement, Parameters } = insertion(item)
      const there = model.has(idOf(item))
      const error = await refusal(statement(Statement, Parameters), 'DuplicateItemException')
      expect(error !== undefined).toBe(there)
      if (!there) model.set(idOf(item), item)
    },

    async updateStatement() {
      const at = key()
      const before = model.get(idOf(at))
      const x = { S: `u${below(9)}` }
      const outcome = statement(
        `UPDATE "${TableName}" SET x = ? REMOVE gpk WHERE pk = ? AND sk = ? RETURNING ALL NEW *`,
        [x, at.pk, at.sk],
      )
      if (!before) {
        expect(await refusal(outcome, 'ConditionalCheckFailedException')).toBeDefined()
        return
      }
      const { gpk: _, ...rest } = before
      const next = { ...rest, x }
      expect(sorted((await outcome).Items)).toEqual(sorted([next]))
      model.set(idOf(at), next)
    },

    async deleteStatement() {
      const at = key()
      const before = model.get(idOf(at))
      const { Statement, Parameters } = deletion(at)
      const { Items } = await statement(`${Statement} RETURNING ALL OLD *`, Parameters)
      expect(sorted(Items)).toEqual(sorted(before ? [before] : []))
      model.delete(idOf(at))
    },

    async select() {
      const { pk } = key()
      const low = below(30) - 10
      const filtered = chance(2)
      const text = `SELECT * FROM "${TableName}" WHERE pk = ? AND sk >= ?${filtered ? ' AND attribute_type(x, ?)' : ''}`
      const values = [pk, { N: String(low) }, ...(filtered ? [{ S: 'S' }] : [])]
      const Limit = chance(2) ? 1 + below(5) : undefined
      const found: Item[] = []
      let NextToken: string | undefined
      do {
        const page = await statement(text, values, { NextToken, Limit })
        found.push(...page.Items)
        NextToken = page.NextToken
      } while (NextToken !== undefined)
      const expected = [...model.values()]
        .filter((item) => item.pk.S === pk.S && Number(item.sk.N) >= low && !(filtered && !item.x))
        .sort((a, b) => Number(a.sk.N) - Number(b.sk.N))
      expect(found).toEqual(expected)
    },

    async transactStatements() {
      const [a, b] = [anItem(key()), key()]
      if (idOf(a) === idOf(b)) return
      const outcome = call('ExecuteTransaction', { TransactStatements: [insertion(a), deletion(b)] })
      const error = await refusal(outcome, 'TransactionCanceledException')
      expect(error !== undefined).toBe(model.has(idOf(a)))
      if (error) return
      model.set(idOf(a), a)
      model.delete(idOf(b))
    },

    /** A transaction that is sent twice under one token is done once. */
    async transactTwice() {
      const [a, b] = [key(), key()]
      const before = model.get(idOf(a))
      if (idOf(a) === idOf(b)) return
      const holds = !model.get(idOf(b))?.gsk
      const request = {
        ClientRequestToken: `${below(2 ** 31)}-${below(2 ** 31)}`,
        TransactItems: [
          {
            Update: {
              TableName,
              Key: a,
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': { N: '1' } },
            },
          },
          { ConditionCheck: { TableName, Key: b, ConditionExpression: 'attribute_not_exists(gsk)' } },
        ],
      }
      for (let time = 0; time < 2; time++) {
        const error = await refusal(call('TransactWriteItems', request), 'TransactionCanceledException')
        expect(error === undefined).toBe(holds)
      }
      if (holds) model.set(idOf(a), { ...(before ?? a), n: { N: String(Number(before?.n?.N ?? 0) + 1) } })
    },

    async readTogether() {
      const keys = [...new Map(Array.from({ length: 1 + below(8) }, key).map((each) => [idOf(each), each])).values()]
      const expected = keys.map((each) => model.get(idOf(each)))
      const { Responses } = await call<{ Responses: { Item?: Item }[] }>('TransactGetItems', {
        TransactItems: keys.map((Key) => ({ Get: { TableName, Key } })),
      })
      expect(Responses.map(({ Item }) => Item)).toEqual(expected)
      const batch = await call<{ Responses: Record<string, Item[]> }>('BatchGetItem', {
        RequestItems: { [TableName]: { Keys: keys.map(keyOf) } },
      })
      expect(sorted(batch.Responses[TableName] ?? [])).toEqual(sorted(expected.flatMap((item) => item ?? [])))
    },

    /** A day passes, and with it every item that was to live for one. Done seldom: it waits for the sweep. */
    async expire() {
      if (!chance(50)) return
      // What is older than a day is no longer in the stream.
      await replica.catchUp()
      game.advanceMs(25 * 3_600_000)
      for (const [id, item] of model) if (item.expires) model.delete(id)
      await until(async () => {
        const { Table } = await game.call<{ Table: { ItemCount: number } }>('DescribeTable', {})
        return Table.ItemCount === model.size
      })
      await replica.restart()
    },
  }
}
