import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { tableAccess } from './access.ts'
import type { Api } from './api.ts'
import { table } from './state.ts'
import { namedTable } from './table-lookup.ts'
import { newId } from './tables.ts'

/** Time to live: items whose time has come are deleted in the background, within about a minute. */
export const timeToLive = operations<Api>()({
  UpdateTimeToLive: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('UpdateTimeToLive', TableName, ctx, tx)],
    async write(tx, { TableName, TimeToLiveSpecification }, ctx) {
      const { Enabled, AttributeName } = TimeToLiveSpecification
      const { timeToLive: before, ...rest } = await namedTable(tx, TableName, ctx)
      const { deliveries } = ctx.host
      if (before && before.attribute !== AttributeName) {
        throw awsError(
          'ValidationException',
          `TimeToLive is active on a different AttributeName: current AttributeName is ${before.attribute}`,
        )
      }
      if (Enabled === (before !== undefined)) {
        throw awsError('ValidationException', `TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`)
      }
      if (Enabled) {
        const id = newId(ctx)
        tx.set(table(rest.name), { ...rest, timeToLive: { attribute: AttributeName, id } })
        const data = { tableName: rest.name, timeToLiveId: id }
        deliveries.schedule(tx, { kind: 'dynamodb:orderExpiry', scope: ctx.scope, data })
        deliveries.schedule(tx, { kind: 'dynamodb:expire', scope: ctx.scope, data, key: id })
      } else if (before) {
        tx.set(table(rest.name), rest)
        deliveries.cancel(tx, 'dynamodb:expire', ctx.scope, before.id)
        deliveries.schedule(tx, {
          kind: 'dynamodb:purge',
          scope: ctx.scope,
          data: { indexIds: [], timeToLiveId: before.id },
        })
      }
      return { TimeToLiveSpecification: { Enabled, AttributeName } }
    },
  },
  DescribeTimeToLive: {
    authorize: async ({ TableName }, ctx, tx) => [await tableAccess('DescribeTimeToLive', TableName, ctx, tx)],
    async read(tx, { TableName }, ctx) {
      const { timeToLive: setting } = await namedTable(tx, TableName, ctx)
      return {
        TimeToLiveDescription: setting
          ? { TimeToLiveStatus: 'ENABLED', AttributeName: setting.attribute }
          : { TimeToLiveStatus: 'DISABLED' },
      }
    },
  },
})
