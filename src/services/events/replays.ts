import { parseArn } from '../../kernel/arn.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { archiveArn, busArn, invalid, lookUpBus, notFound, parseBus, replayArn, ruleOfArn } from './names.ts'
import { textOf } from './rules.ts'
import { archive, type Replay, replay } from './state.ts'

/** Replays: events of an archive come to the rules of their bus once more. */
export const replays = operations<Api>()({
  StartReplay: {
    authorize: ({ ReplayName, EventSourceArn, Destination }, ctx) => [
      { action: 'events:StartReplay', resource: replayArn(ctx.scope, ReplayName) },
      { action: 'events:StartReplay', resource: EventSourceArn },
      { action: 'events:StartReplay', resource: Destination.Arn ?? '*' },
    ],
    async write(tx, input, ctx) {
      const { ReplayName: name, Description, EventSourceArn, EventStartTime, EventEndTime } = input
      const { Arn = '', FilterArns } = input.Destination
      if (parseArn(Arn)?.service !== 'events' || !parseArn(Arn)?.resource.startsWith('event-bus/')) {
        throw invalid('Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.')
      }
      const destination = parseBus(Arn, ctx.scope)
      if (!(await lookUpBus(tx.in(destination.scope), destination.name))) {
        throw notFound(`Event bus ${destination.name} does not exist.`)
      }
      const archiveName = ownArchive(EventSourceArn, ctx.scope)
      const of = archiveName === undefined ? undefined : await tx.get(archive(archiveName))
      if (!of) {
        throw invalid(
          `Parameter EventSourceArn is not valid. Reason: Archive ${archiveName ?? EventSourceArn.slice(0, 300)} does not exist.`,
        )
      }
      if (Arn !== busArn(ctx.scope, of.bus)) {
        throw invalid('Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.')
      }
      if (EventStartTime.getTime() >= EventEndTime.getTime()) {
        throw invalid('Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.')
      }
      const other = FilterArns?.find((arn: string) => ruleOfArn(parseArn(arn)?.resource ?? '')?.bus !== of.bus)
      if (other !== undefined) {
        throw invalid(
          `Parameter Destination.FilterArns is not valid. Reason: ${other.slice(0, 300)} is no rule of the bus.`,
        )
      }
      if (await tx.get(replay(name))) {
        throw awsError('ResourceAlreadyExistsException', `Replay ${name} already exists.`)
      }
      const made: Replay = {
        ...{ name, description: Description, archive: of.name, generation: of.generation, bus: of.bus },
        ...{ ruleArns: FilterArns, fromMs: EventStartTime.getTime(), toMs: EventEndTime.getTime() },
        ...{ state: 'STARTING', startedAtMs: ctx.nowMs },
      }
      tx.set(replay(name), made)
      ctx.host.deliveries.schedule(tx, { kind: 'events:replay', scope: tx.scope, data: { name } })
      const ReplayStartTime = new Date(ctx.nowMs)
      return { ReplayArn: replayArn(ctx.scope, name), State: made.state, ReplayStartTime }
    },
  },

  CancelReplay: {
    authorize: ({ ReplayName }, ctx) => [{ action: 'events:CancelReplay', resource: replayArn(ctx.scope, ReplayName) }],
    async write(tx, { ReplayName }, ctx) {
      const found = await findReplay(tx, ReplayName)
      if (found.state !== 'STARTING' && found.state !== 'RUNNING') {
        throw awsError('IllegalStatusException', `Replay ${found.name} is not in a valid state for this operation.`)
      }
      tx.set(replay(found.name), { ...found, state: 'CANCELLING' })
      return { ReplayArn: replayArn(ctx.scope, found.name), State: 'CANCELLING' }
    },
  },

  DescribeReplay: {
    authorize: ({ ReplayName }, ctx) => [
      { action: 'events:DescribeReplay', resource: replayArn(ctx.scope, ReplayName) },
    ],
    async read(tx, { ReplayName }, ctx) {
      const found = await findReplay(tx, ReplayName)
      const { name, description, bus, ruleArns } = found
      return {
        ...describe(found, ctx),
        ReplayArn: replayArn(ctx.scope, name),
        Description: description,
        Destination: { Arn: busArn(ctx.scope, bus), FilterArns: ruleArns && [...ruleArns] },
      }
    },
  },

  ListReplays: {
    authorize: () => [{ action: 'events:ListReplays', resource: '*' }],
    async read(tx, { NamePrefix = '', EventSourceArn, State, NextToken, Limit = 100 }, ctx) {
      if ([NamePrefix || undefined, EventSourceArn, State].filter((one) => one !== undefined).length > 1) {
        throw invalid(
          'At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.',
        )
      }
      const of = EventSourceArn === undefined ? undefined : ownArchive(EventSourceArn, ctx.scope)
      const bounds = NextToken === undefined ? { from: [NamePrefix] } : { after: [textOf(NextToken)] }
      const Replays = []
      for await (const { value } of tx.range(replay.between([], bounds))) {
        if (!value.name.startsWith(NamePrefix)) break
        if ((EventSourceArn !== undefined && value.archive !== of) || (State !== undefined && value.state !== State)) {
          continue
        }
        if (Replays.length === Limit) return { Replays, NextToken: toPageToken(Replays.at(-1)?.ReplayName ?? '') }
        Replays.push(describe(value, ctx))
      }
      return { Replays }
    },
  },
})

/** The name of an archive of this account and Region, by its ARN. */
function ownArchive(text: string, { account, region }: Scope): string | undefined {
  const arn = parseArn(text)
  const own = arn?.service === 'events' && arn.account === account && arn.region === region
  return own ? /^archive\/(.+)$/.exec(arn.resource)?.[1] : undefined
}

async function findReplay(tx: ReadTx, name: string): Promise<Replay> {
  const found = await tx.get(replay(name))
  if (!found) throw notFound(`Replay ${name} does not exist.`)
  return found
}

function describe({ name, archive: of, state, ...found }: Replay, ctx: Ctx) {
  return {
    ReplayName: name,
    EventSourceArn: archiveArn(ctx.scope, of),
    State: state,
    EventStartTime: new Date(found.fromMs),
    EventEndTime: new Date(found.toMs),
    EventLastReplayedTime: found.position && new Date(found.position.atMs),
    ReplayStartTime: new Date(found.startedAtMs),
    ReplayEndTime: found.endedAtMs === undefined ? undefined : new Date(found.endedAtMs),
  }
}
