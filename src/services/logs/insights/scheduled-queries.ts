import { requestTags } from '../../../kernel/authorization.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import { type InputFor, operations } from '../../../kernel/operation.ts'
import { boundsOfPage, fromPageToken, pageOf } from '../../../kernel/page-token.ts'
import type { ReadTx } from '../../../kernel/records.ts'
import type { Api } from '../api.ts'
import { pageSize } from '../find.ts'
import { passedRole } from '../subscription-input.ts'
import { checkTags } from '../tags.ts'
import { readScheduled } from './scheduled-input.ts'
import { removeScheduled, storeScheduled } from './scheduled-run.ts'
import {
  type ScheduledQuery,
  scheduledQuery,
  scheduledQueryArn,
  scheduledQueryOf,
  scheduledRun,
} from './scheduled-state.ts'

const mostScheduled = 1_000
/** There are none of AWS's own. */
const managed = 'CUSTOMER_MANAGED' as const

/** Queries that run by the clock, as a role. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/ScheduledQueries.html */
export const scheduledQueries = operations<Api>()({
  CreateScheduledQuery: {
    authorize: ({ tags, ...input }, ctx) => {
      const [resource, context] = [scheduledQueryArn(ctx.scope, '*'), requestTags(tags)]
      const creating = { action: 'logs:CreateScheduledQuery', resource, context }
      const tagging = tags ? [{ action: 'logs:TagResource', resource, context }] : []
      return [creating, ...tagging, ...rolesOf(input)]
    },
    async write(tx, { name, tags = {}, ...input }, ctx) {
      const { host, nowMs, scope } = ctx
      checkTags(tags)
      const read = readScheduled(input, nowMs, tx.scope)
      if (await tx.get(scheduledQuery(name)))
        throw awsError('ConflictException', `The scheduled query ${name} exists already.`)
      let count = 0
      for await (const _name of tx.snapshot.keys(scheduledQuery.under(), { limit: mostScheduled })) count++
      if (count >= mostScheduled)
        throw awsError('ServiceQuotaExceededException', `A region can have at most ${mostScheduled} scheduled queries.`)
      const made = { ...read, id: ctx.newId(), name, tags, createdAtMs: nowMs, modifiedAtMs: nowMs }
      storeScheduled(tx, made, host)
      return { scheduledQueryArn: scheduledQueryArn(scope, made.id), state: stateOf(made) }
    },
  },

  UpdateScheduledQuery: {
    authorize: async ({ identifier, ...input }, ctx, tx) => [
      await asking('UpdateScheduledQuery', identifier, ctx, tx),
      ...rolesOf(input),
    ],
    async write(tx, { identifier, ...input }, { host, nowMs }) {
      const read = readScheduled(input, nowMs, tx.scope)
      const { id, name, tags, createdAtMs } = await find(tx, identifier)
      const next = { ...read, id, name, tags, createdAtMs, modifiedAtMs: nowMs }
      storeScheduled(tx, next, host)
      return await describe(tx, next)
    },
  },

  GetScheduledQuery: {
    authorize: async ({ identifier }, ctx, tx) => [await asking('GetScheduledQuery', identifier, ctx, tx)],
    read: async (tx, { identifier }) => describe(tx, await find(tx, identifier)),
  },

  DeleteScheduledQuery: {
    authorize: async ({ identifier }, ctx, tx) => [await asking('DeleteScheduledQuery', identifier, ctx, tx)],
    async write(tx, { identifier }, { host }) {
      removeScheduled(tx, await find(tx, identifier), host)
      return {}
    },
  },

  ListScheduledQueries: {
    authorize: () => [{ action: 'logs:ListScheduledQueries', resource: '*' }],
    async read(tx, { maxResults, nextToken, state, scheduleType = managed }) {
      const bounds = boundsOfPage(nextToken, badToken)
      const chosen = async function* () {
        for await (const { value } of tx.range(scheduledQuery.between([], bounds)))
          if ((state === undefined || stateOf(value) === state) && scheduleType === managed) yield value
      }
      const { items, next } = await pageOf(chosen(), pageSize(maxResults, 1_000), ({ name }) => [name])
      const described = await Promise.all(items.map((one) => describe(tx, one)))
      return {
        scheduledQueries: described.map((one) => ({
          ...{ scheduledQueryArn: one.scheduledQueryArn, name: one.name, state: one.state, scheduleType: managed },
          ...{ lastTriggeredTime: one.lastTriggeredTime, lastExecutionStatus: one.lastExecutionStatus },
          ...{ scheduleExpression: one.scheduleExpression, timezone: one.timezone },
          destinationConfiguration: one.destinationConfiguration,
          ...{ creationTime: one.creationTime, lastUpdatedTime: one.lastUpdatedTime },
        })),
        nextToken: next,
      }
    },
  },

  /** Times are documented as of the "Unix epoch" without a unit; milliseconds, as those of every other of these operations. */
  GetScheduledQueryHistory: {
    authorize: async ({ identifier }, ctx, tx) => [await asking('GetScheduledQueryHistory', identifier, ctx, tx)],
    async read(tx, { identifier, startTime, endTime, executionStatuses, maxResults, nextToken }, { scope }) {
      const { id, name, destination } = await find(tx, identifier)
      const before = nextToken === undefined ? undefined : fromPageToken(nextToken, ['number'])
      if (nextToken !== undefined && !before) throw badToken()
      const to = before ? before[0] : endTime + 1
      const chosen = async function* () {
        for await (const one of tx.range(scheduledRun.between([id], { from: [startTime], to: [to] }), {
          reverse: true,
        }))
          if (!executionStatuses || executionStatuses.includes(one.value.status)) yield one
      }
      const { items, next } = await pageOf(chosen(), pageSize(maxResults, 1_000), ({ key }) => [key[1]])
      return {
        ...{ name, scheduledQueryArn: scheduledQueryArn(scope, id), nextToken: next },
        triggerHistory: items.map(({ key, value: { queryId, status, error, delivery } }) => ({
          ...{ queryId, executionStatus: status, triggeredTimestamp: key[1], errorMessage: error },
          destinations: delivery && [
            { destinationType: 'S3' as const, destinationIdentifier: destination?.uri, ...delivery },
          ],
        })),
      }
    },
  },
})

type Roles = Pick<InputFor<Api, 'CreateScheduledQuery'>, 'executionRoleArn' | 'destinationConfiguration'>

function rolesOf({ executionRoleArn, destinationConfiguration }: Roles) {
  const roles = [executionRoleArn, destinationConfiguration?.s3Configuration?.roleArn]
  return [...new Set(roles.filter((arn) => arn !== undefined))].map(passedRole)
}

async function asking(name: string, identifier: string, ctx: Ctx, tx: ReadTx) {
  const found = await scheduledQueryOf(tx, identifier)
  const given = identifier.startsWith('arn:') ? identifier : scheduledQueryArn(ctx.scope, identifier)
  return { action: `logs:${name}`, resource: found ? scheduledQueryArn(ctx.scope, found.id) : given }
}

async function find(tx: ReadTx, identifier: string): Promise<ScheduledQuery> {
  const found = await scheduledQueryOf(tx, identifier)
  if (!found) throw awsError('ResourceNotFoundException', `The scheduled query ${identifier} does not exist.`)
  return found
}

const stateOf = ({ enabled }: ScheduledQuery) => (enabled ? ('ENABLED' as const) : ('DISABLED' as const))

async function describe(tx: ReadTx, one: ScheduledQuery) {
  let last: { atMs: number; status: 'Running' | 'InvalidQuery' | 'Complete' | 'Failed' | 'Timeout' } | undefined
  for await (const { key, value } of tx.range(scheduledRun.under(one.id), { reverse: true, limit: 1 }))
    last = { atMs: key[1], status: value.status }
  const { destination: to } = one
  const s3 = to && { destinationIdentifier: to.uri, roleArn: to.roleArn }
  const more = { ownerAccountId: to?.ownerAccountId, kmsKeyId: to?.kmsKeyId }
  return {
    ...{ scheduledQueryArn: scheduledQueryArn(tx.scope, one.id), name: one.name, description: one.description },
    ...{ queryLanguage: 'CWLI' as const, queryString: one.text, logGroupIdentifiers: [...one.groups] },
    ...{ scheduleExpression: one.expression, timezone: one.timeZone, startTimeOffset: one.offsetSec },
    ...{ scheduleStartTime: one.startAtMs, scheduleEndTime: one.endAtMs, executionRoleArn: one.executionRoleArn },
    destinationConfiguration: s3 && { s3Configuration: { ...s3, ...more } },
    ...{ state: stateOf(one), scheduleType: managed, lastTriggeredTime: last?.atMs, lastExecutionStatus: last?.status },
    ...{ creationTime: one.createdAtMs, lastUpdatedTime: one.modifiedAtMs },
  }
}

function badToken(): Error {
  return awsError('ValidationException', 'The specified nextToken is invalid.')
}
