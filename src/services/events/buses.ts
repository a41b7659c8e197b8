import { requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError } from '../../kernel/errors.ts'
import { type InputFor, operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import { tagsOfList } from '../../kernel/tag-list.ts'
import type { Api } from './api.ts'
import { changed } from './bus-rules.ts'
import { busArn, defaultBus, findBus, invalid, lookUpBus, ownBus, parseBus } from './names.ts'
import { textOf } from './rules.ts'
import { type Bus, type BusLog, bus, rule } from './state.ts'
import { checkTags } from './tags.ts'

const mostBuses = 100
const refused = ['EventSourceName', 'KmsKeyIdentifier', 'DeadLetterConfig'] as const

/** Event buses: one that is there, and those that are made. */
export const buses = operations<Api>()({
  CreateEventBus: {
    authorize: ({ Name, Tags }, ctx) => {
      const resource = busArn(ctx.scope, Name)
      const context = requestTags(tagsOfList(Tags))
      const creating = { action: 'events:CreateEventBus', resource, context }
      return Tags && Tags.length > 0 ? [creating, { action: 'events:TagResource', resource, context }] : [creating]
    },
    async write(tx, input, ctx) {
      refuse(input)
      const { Name, Description } = input
      if (Name.includes('/')) throw invalid('The name of an event bus has no slash, but for those of partners.')
      if (await lookUpBus(tx, Name)) {
        throw awsError('ResourceAlreadyExistsException', `Event bus ${Name} already exists.`)
      }
      if ((await countUpTo(tx, bus.under(), mostBuses)) >= mostBuses)
        throw awsError('LimitExceededException', `An account can have ${mostBuses} event buses.`)
      const tags = tagsOfList(input.Tags)
      checkTags(tags)
      const log = readLog(input.LogConfig)
      const made = { name: Name, description: Description, log, tags, createdAtMs: ctx.nowMs, modifiedAtMs: ctx.nowMs }
      tx.set(bus(Name), made)
      changed(tx, Name, () => ctx.newId())
      return { EventBusArn: busArn(ctx.scope, Name), Description, LogConfig: describeLog(log) }
    },
  },

  UpdateEventBus: {
    authorize: ({ Name = defaultBus }, ctx) => [{ action: 'events:UpdateEventBus', resource: busArn(ctx.scope, Name) }],
    async write(tx, input, ctx) {
      refuse(input)
      const found = await findBus(tx, input.Name ?? defaultBus)
      const log = readLog(input.LogConfig) ?? found.log
      const next = { ...found, description: input.Description ?? found.description, log, modifiedAtMs: ctx.nowMs }
      tx.set(bus(found.name), next)
      changed(tx, found.name, () => ctx.newId())
      const { name: Name, description: Description } = next
      return { Arn: busArn(ctx.scope, Name), Name, Description, LogConfig: describeLog(log) }
    },
  },

  DeleteEventBus: {
    authorize: ({ Name }, ctx) => [{ action: 'events:DeleteEventBus', resource: busArn(ctx.scope, Name) }],
    async write(tx, { Name }) {
      if (Name === defaultBus) throw invalid('Cannot delete event bus default.')
      for await (const _ of tx.keys(rule.under(Name), { limit: 1 })) {
        throw invalid(`Cannot delete event bus ${Name}: it has rules. Delete them first.`)
      }
      tx.delete(bus(Name))
      return {}
    },
  },

  DescribeEventBus: {
    authorize: ({ Name }, ctx) => {
      const { name, scope } = parseBus(Name, ctx.scope)
      return [{ action: 'events:DescribeEventBus', resource: busArn(scope, name) }]
    },
    async read(tx, { Name }, ctx) {
      const found = await findBus(tx, ownBus(Name, ctx.scope))
      return { ...describe(found, ctx), LogConfig: describeLog(found.log) }
    },
  },

  ListEventBuses: {
    authorize: () => [{ action: 'events:ListEventBuses', resource: '*' }],
    async read(tx, { NamePrefix = '', NextToken, Limit = 100 }, ctx) {
      const after = NextToken === undefined ? undefined : textOf(NextToken)
      const found: Bus[] = []
      // At most a hundred, and the default one, which has no record before something of it is set.
      for await (const { value } of tx.range(bus.under(), { limit: mostBuses + 1 })) found.push(value)
      if (!found.some(({ name }) => name === defaultBus)) found.push(await findBus(tx, defaultBus))
      const wanted = found
        .filter(({ name }) => name.startsWith(NamePrefix) && (after === undefined || name > after))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      const page = wanted.slice(0, Limit)
      const NextOne = wanted.length > Limit ? toPageToken(page.at(-1)?.name ?? '') : undefined
      return { EventBuses: page.map((one) => describe(one, ctx)), NextToken: NextOne }
    },
  },
})

function refuse(input: object): void {
  const given = input as Readonly<Record<string, unknown>>
  for (const name of refused) {
    if (given[name] !== undefined) throw invalid(`${name} of an event bus is not supported by Landfall. Leave it out.`)
  }
}

type LogConfig = NonNullable<InputFor<Api, 'CreateEventBus'>['LogConfig']>

function readLog(given: LogConfig | undefined): BusLog | undefined {
  return given && { level: given.Level ?? 'OFF', full: given.IncludeDetail === 'FULL' }
}

function describeLog(log: BusLog | undefined): LogConfig | undefined {
  return log && { Level: log.level, IncludeDetail: log.full ? 'FULL' : 'NONE' }
}

function describe({ name, description, policy, createdAtMs, modifiedAtMs }: Bus, ctx: Ctx) {
  return {
    Name: name,
    Arn: busArn(ctx.scope, name),
    Description: description,
    Policy: policy,
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(modifiedAtMs),
  }
}
