import type { Ctx } from '../../kernel/context.ts'
import type { InputFor } from '../../kernel/operation.ts'
import { boundsOfPage, toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { findGroup, invalid, scheduleArn } from './names.ts'
import { type Schedule, schedule } from './state.ts'

/** Schedules that one request looks at: of what its filters leave out, a page may have fewer than asked for. */
const mostLookedAt = 1_000

/** Schedules in the order of their groups and names. */
export const listSchedules = {
  authorize: () => [{ action: 'scheduler:ListSchedules', resource: '*' }],
  async read(tx: ReadTx, input: InputFor<Api, 'ListSchedules'>, ctx: Ctx) {
    const { GroupName, NamePrefix = '', State, NextToken, MaxResults = 100 } = input
    if (GroupName !== undefined) await findGroup(tx, GroupName)
    const refused = () => invalid('Invalid NextToken. Use that of the previous answer.')
    const after = boundsOfPage(NextToken, refused, ['string', 'string'])
    const range =
      GroupName === undefined || NextToken !== undefined
        ? schedule.between([], after)
        : schedule.between([GroupName], { from: [NamePrefix] })
    const found: Schedule[] = []
    let last: readonly [group: string, name: string] | undefined
    let looked = 0
    for await (const { key, value } of tx.range(range, { limit: mostLookedAt + 1 })) {
      // In a group, what begins with the prefix stands together.
      if (GroupName !== undefined && (value.group !== GroupName || !value.name.startsWith(NamePrefix))) break
      if (found.length === MaxResults || looked === mostLookedAt) {
        return { Schedules: found.map((one) => summary(one, ctx)), NextToken: last && toPageToken(...last) }
      }
      looked++
      last = key
      const fits = State === undefined || (State === 'ENABLED') === value.enabled
      if (fits && value.name.startsWith(NamePrefix)) found.push(value)
    }
    return { Schedules: found.map((one) => summary(one, ctx)) }
  },
}

function summary({ group, name, enabled, target, createdAtMs, modifiedAtMs }: Schedule, ctx: Ctx) {
  return {
    Arn: scheduleArn(ctx.scope, group, name),
    GroupName: group,
    Name: name,
    State: enabled ? ('ENABLED' as const) : ('DISABLED' as const),
    Target: { Arn: target.arn },
    CreationDate: new Date(createdAtMs),
    LastModificationDate: new Date(modifiedAtMs),
  }
}
