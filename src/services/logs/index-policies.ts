import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { accountIndexPolicy, defaultFields, metAs, policyFields } from '../../telemetry/field-index.ts'
import { chunk, fieldTimes, group, type LogGroup, streamByTime } from '../../telemetry/log-state.ts'
import type { Api } from './api.ts'
import { findGroup, fromToken, groupArn, nameOf } from './find.ts'
import { fieldsOfPolicy } from './index-policy.ts'

const groupsOfPage = 20

/**
 * Field indexes: of which fields each chunk of events says what values it has, so that queries which ask for a value
 * pass over the others. The table of actions knows no resource of them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing.html
 */
export const indexPolicies = operations<Api>()({
  PutIndexPolicy: {
    authorize: () => [{ action: 'logs:PutIndexPolicy', resource: '*' }],
    async write(tx, { logGroupIdentifier, policyDocument: document }, { nowMs }) {
      const fields = fieldsOfPolicy(document)
      const found = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      const next: LogGroup = { ...found, indexPolicy: { document, fields, updatedAtMs: nowMs } }
      tx.set(group(found.name), next)
      return { indexPolicy: await policyOf(tx, next) }
    },
  },

  DeleteIndexPolicy: {
    authorize: () => [{ action: 'logs:DeleteIndexPolicy', resource: '*' }],
    async write(tx, { logGroupIdentifier }) {
      const found = await findGroup(tx, nameOf(logGroupIdentifier, tx.scope))
      if (!found.indexPolicy)
        throw awsError('ResourceNotFoundException', 'The specified log group has no index policy.')
      tx.set(group(found.name), { ...found, indexPolicy: undefined })
      return {}
    },
  },

  DescribeIndexPolicies: {
    authorize: () => [{ action: 'logs:DescribeIndexPolicies', resource: '*' }],
    async read(tx, { logGroupIdentifiers, nextToken }) {
      // It is of one group, which has one policy.
      if (nextToken !== undefined) throw awsError('InvalidParameterException', 'The specified nextToken is invalid.')
      const found = await findGroup(tx, nameOf(logGroupIdentifiers[0] ?? '', tx.scope))
      const policy = await policyOf(tx, found)
      return { indexPolicies: policy ? [policy] : [] }
    },
  },

  DescribeFieldIndexes: {
    authorize: () => [{ action: 'logs:DescribeFieldIndexes', resource: '*' }],
    async read(tx, { logGroupIdentifiers: ids, indexCategories: wanted, nextToken }) {
      const from = nextToken === undefined ? 0 : fromToken(nextToken, ['number'])[0]
      const to = from + groupsOfPage
      const groups = await Promise.all(ids.slice(from, to).map((id) => findGroup(tx, nameOf(id, tx.scope))))
      const indexes = await Promise.all(groups.map((one) => indexesOf(tx, one)))
      // None is indexed because queries ask for it (AUTO).
      const chosen = indexes.flat().filter(({ indexCategory }) => wanted?.includes(indexCategory) ?? true)
      return { fieldIndexes: chosen, nextToken: to < ids.length ? toPageToken(to) : undefined }
    },
  },
})

/** The policy that applies to a group, as it is described. */
async function policyOf(tx: ReadTx, { name, indexPolicy }: LogGroup) {
  const ofAccount = indexPolicy ? undefined : await accountIndexPolicy(tx, name)
  const policy = indexPolicy ?? ofAccount
  return (
    policy && {
      ...{ logGroupIdentifier: groupArn(tx.scope, name), lastUpdateTime: policy.updatedAtMs },
      ...{ policyDocument: policy.document, policyName: ofAccount?.name },
      source: ofAccount ? ('ACCOUNT' as const) : ('LOG_GROUP' as const),
    }
  )
}

/** The indexes of a group: those of its policy, and of the others the ones that events had. */
async function indexesOf(tx: ReadTx, one: LogGroup) {
  const noted = await tx.get(fieldTimes(one.generation))
  const times = new Map(noted?.fields.map(([name, ...rest]) => [name, rest]))
  const ofGroup = groupArn(tx.scope, one.name)
  const ofPolicy = (await policyFields(tx, one)).map(({ name, type }) => ({
    ...{ name, type, category: 'CUSTOM' as const },
    // The account's policies are no group's.
    of: one.indexPolicy && ofGroup,
  }))
  const now = new Set(ofPolicy.map(({ name }) => metAs(name)))
  const others = [...times.keys()].filter((name) => !now.has(name))
  const met = others.map((name) => ({
    ...{ name, type: 'FIELD_INDEX' as const, of: ofGroup },
    category: defaultFields.includes(name) ? ('DEFAULT' as const) : ('INACTIVE' as const),
  }))
  const described = [...ofPolicy, ...met].map(({ name, type, of, category }) => {
    const [firstEventTime, lastEventTime] = times.get(metAs(name)) ?? []
    const about = { fieldIndexName: name, type, logGroupIdentifier: of, indexCategory: category }
    return { ...about, firstEventTime, lastEventTime, lastScanTime: noted?.scannedAtMs }
  })
  return [...described, ...(await streamIndex(tx, one))]
}

/** That of `@logStream`, by which events are kept. */
async function streamIndex(tx: ReadTx, { name, generation }: LogGroup) {
  let [firstEventTime, lastEventTime] = [undefined, undefined] as (number | undefined)[]
  for await (const [, atMs] of tx.keys(chunk.under(generation), { limit: 1 })) firstEventTime = atMs
  for await (const [, atMs] of tx.keys(streamByTime.under(generation), { limit: 1, reverse: true }))
    lastEventTime = atMs
  if (firstEventTime === undefined) return []
  const about = { fieldIndexName: '@logStream', type: 'FIELD_INDEX' as const, indexCategory: 'DEFAULT' as const }
  return [{ ...about, logGroupIdentifier: groupArn(tx.scope, name), firstEventTime, lastEventTime }]
}
