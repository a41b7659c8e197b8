import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { defaultGroup, findGroup, groupArn, invalid, usedBefore } from './names.ts'
import { groupCount, type ScheduleGroup, scheduleGroup } from './state.ts'
import { checkTags } from './tags.ts'

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
const mostGroups = 500

/** Groups of schedules, which go with them. */
export const groups = operations<Api>()({
  CreateScheduleGroup: {
    authorize({ Name, Tags = [] }, ctx) {
      const resource = groupArn(ctx.scope, Name)
      const context = requestTags(tagsOfList(Tags))
      const making = { action: 'scheduler:CreateScheduleGroup', resource, context }
      return Tags.length > 0 ? [making, { action: 'scheduler:TagResource', resource, context }] : [making]
    },
    async write(tx, input, ctx) {
      const { Name, Tags } = input
      const answer = { ScheduleGroupArn: groupArn(ctx.scope, Name) }
      if (await usedBefore(tx, 'CreateScheduleGroup', input, ctx.nowMs)) return answer
      if (Name === defaultGroup || (await tx.get(scheduleGroup(Name)))) {
        throw awsError('ConflictException', `Schedule group ${Name} already exists.`)
      }
      if ((await tx.snapshot.count(groupCount())) >= mostGroups) {
        throw awsError('ServiceQuotaExceededException', `There are ${mostGroups} schedule groups already.`)
      }
      const tags = tagsOfList(Tags)
      checkTags(tags)
      tx.set(scheduleGroup(Name), { name: Name, tags, createdAtMs: ctx.nowMs, modifiedAtMs: ctx.nowMs })
      tx.add(groupCount(), 1)
      return answer
    },
  },

  GetScheduleGroup: {
    authorize: ({ Name }, ctx) => [{ action: 'scheduler:GetScheduleGroup', resource: groupArn(ctx.scope, Name) }],
    read: async (tx, { Name }, ctx) => describe(await findGroup(tx, Name), ctx),
  },

  DeleteScheduleGroup: {
    authorize: ({ Name }, ctx) => [{ action: 'scheduler:DeleteScheduleGroup', resource: groupArn(ctx.scope, Name) }],
    async write(tx, input, ctx) {
      const { Name } = input
      if (await usedBefore(tx, 'DeleteScheduleGroup', input, ctx.nowMs)) return {}
      if (Name === defaultGroup) throw invalid('The default schedule group cannot be deleted.')
      const found = await findGroup(tx, Name)
      if (found.deleting) throw awsError('ConflictException', `Schedule group ${Name} is being deleted.`)
      tx.set(scheduleGroup(Name), { ...found, deleting: true, modifiedAtMs: ctx.nowMs })
      const data = { group: Name }
      ctx.host.deliveries.schedule(tx, { kind: 'scheduler:clear', scope: tx.scope, key: Name, data })
      return {}
    },
  },

  ListScheduleGroups: {
    authorize: () => [{ action: 'scheduler:ListScheduleGroups', resource: '*' }],
    async read(tx, { NamePrefix = '', NextToken, MaxResults = 100 }, ctx) {
      const { after = [''] } = boundsOfPage(NextToken, () =>
        invalid('Invalid NextToken. Use that of the previous answer.'),
      )
      const named = beginning(NamePrefix, String(after[0]), tx)
      const { items, next } = await pageOf(named, MaxResults, ({ name }) => [name])
      return { ScheduleGroups: items.map((one) => describe(one, ctx)), NextToken: next }
    },
  },
})

function describe({ name, deleting, createdAtMs, modifiedAtMs }: ScheduleGroup, ctx: Ctx) {
  return {
    Arn: groupArn(ctx.scope, name),
    Name: name,
    State: deleting ? ('DELETING' as const) : ('ACTIVE' as const),
    // The default one was not made by anybody.
    CreationDate: createdAtMs === 0 ? undefined : new Date(createdAtMs),
    LastModificationDate: modifiedAtMs === 0 ? undefined : new Date(modifiedAtMs),
  }
}

/** Groups after a name, in order, of which there are few; the default one among them, which may not be stored. */
async function* beginning(prefix: string, after: string, tx: ReadTx): AsyncGenerator<ScheduleGroup> {
  const all = new Map([[defaultGroup, await findGroup(tx, defaultGroup)]])
  for await (const { value } of tx.range(scheduleGroup.under())) all.set(value.name, value)
  for (const name of [...all.keys()].sort()) {
    const found = all.get(name)
    if (found && name > after && name.startsWith(prefix)) yield found
  }
}
