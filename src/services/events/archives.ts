import type { Ctx } from '../../kernel/context.ts'
import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { toPageToken } from '../../kernel/page-token.ts'
import type { ReadTx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { keepFor } from './archive-jobs.ts'
import { changed } from './bus-rules.ts'
import { archiveArn, busArn, findBus, invalid, notFound, ownBus } from './names.ts'
import { patternOf } from './patterns.ts'
import { textOf } from './rules.ts'
import { type Archive, archive, archivedCount, archiveOfBus } from './state.ts'

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html says of archives only that there are many. */
const mostOfBus = 100

/** Archives: they keep the events of a bus that match their pattern, so that they can be replayed. */
export const archives = operations<Api>()({
  CreateArchive: {
    authorize: ({ ArchiveName, EventSourceArn }, ctx) => [
      { action: 'events:CreateArchive', resource: archiveArn(ctx.scope, ArchiveName) },
      { action: 'events:CreateArchive', resource: EventSourceArn },
    ],
    async write(tx, input, ctx) {
      const { ArchiveName: name, EventSourceArn, Description, EventPattern, RetentionDays = 0 } = input
      refuseKey(input.KmsKeyIdentifier)
      const bus = ownBus(EventSourceArn, ctx.scope)
      await findBus(tx, bus)
      if (EventPattern !== undefined) patternOf(EventPattern)
      if (await tx.get(archive(name))) {
        throw awsError('ResourceAlreadyExistsException', `Archive ${name} already exists.`)
      }
      if ((await countUpTo(tx, archiveOfBus.under(bus), mostOfBus)) >= mostOfBus)
        throw awsError('LimitExceededException', `A bus can have ${mostOfBus} archives.`)
      const made: Archive = {
        ...{ name, bus, description: Description, pattern: EventPattern, retentionDays: RetentionDays },
        ...{ createdAtMs: ctx.nowMs, generation: ctx.newId() },
      }
      tx.set(archive(name), made)
      tx.set(archiveOfBus(bus, name), true)
      changed(tx, bus, () => ctx.newId())
      keepFor(tx, made, ctx.host)
      return { ArchiveArn: archiveArn(ctx.scope, name), State: 'ENABLED', CreationTime: new Date(ctx.nowMs) }
    },
  },

  UpdateArchive: {
    authorize: ({ ArchiveName }, ctx) => [
      { action: 'events:UpdateArchive', resource: archiveArn(ctx.scope, ArchiveName) },
    ],
    async write(tx, { ArchiveName, Description, EventPattern, RetentionDays, KmsKeyIdentifier }, ctx) {
      refuseKey(KmsKeyIdentifier)
      const before = await findArchive(tx, ArchiveName)
      if (EventPattern !== undefined) patternOf(EventPattern)
      const next: Archive = {
        ...before,
        description: Description ?? before.description,
        pattern: EventPattern ?? before.pattern,
        retentionDays: RetentionDays ?? before.retentionDays,
      }
      tx.set(archive(next.name), next)
      changed(tx, next.bus, () => ctx.newId())
      // The oldest may be older than its new days.
      keepFor(tx, next, ctx.host, next.createdAtMs)
      const CreationTime = new Date(next.createdAtMs)
      return { ArchiveArn: archiveArn(ctx.scope, next.name), State: 'ENABLED', CreationTime }
    },
  },

  DeleteArchive: {
    authorize: ({ ArchiveName }, ctx) => [
      { action: 'events:DeleteArchive', resource: archiveArn(ctx.scope, ArchiveName) },
    ],
    async write(tx, { ArchiveName }, ctx) {
      const { name, bus, generation } = await findArchive(tx, ArchiveName)
      tx.delete(archive(name))
      tx.delete(archiveOfBus(bus, name))
      changed(tx, bus, () => ctx.newId())
      ctx.host.deliveries.cancel(tx, 'events:trim', tx.scope, name)
      ctx.host.deliveries.schedule(tx, { kind: 'events:dropArchived', scope: tx.scope, data: { generation } })
      return {}
    },
  },

  DescribeArchive: {
    authorize: ({ ArchiveName }, ctx) => [
      { action: 'events:DescribeArchive', resource: archiveArn(ctx.scope, ArchiveName) },
    ],
    async read(tx, { ArchiveName }, ctx) {
      const found = await findArchive(tx, ArchiveName)
      return {
        ...(await describe(tx, found, ctx)),
        ArchiveArn: archiveArn(ctx.scope, found.name),
        Description: found.description,
        EventPattern: found.pattern,
      }
    },
  },

  ListArchives: {
    authorize: () => [{ action: 'events:ListArchives', resource: '*' }],
    async read(tx, { NamePrefix = '', EventSourceArn, State, NextToken, Limit = 100 }, ctx) {
      if ([NamePrefix || undefined, EventSourceArn, State].filter((one) => one !== undefined).length > 1) {
        throw invalid(
          'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
        )
      }
      const bus = EventSourceArn === undefined ? undefined : ownBus(EventSourceArn, ctx.scope)
      const bounds = NextToken === undefined ? { from: [NamePrefix] } : { after: [textOf(NextToken)] }
      const Archives = []
      // Archives of a bus are few; those of an account are read in the order of their names.
      for await (const { value } of tx.range(archive.between([], bounds))) {
        if (!value.name.startsWith(NamePrefix)) break
        if ((bus !== undefined && value.bus !== bus) || (State !== undefined && State !== 'ENABLED')) continue
        if (Archives.length === Limit) return { Archives, NextToken: toPageToken(Archives.at(-1)?.ArchiveName ?? '') }
        Archives.push(await describe(tx, value, ctx))
      }
      return { Archives }
    },
  },
})

function refuseKey(key: string | undefined): void {
  if (key !== undefined) throw invalid('KmsKeyIdentifier of an archive is not supported by Landfall. Leave it out.')
}

/** Throws ResourceNotFoundException. */
export async function findArchive(tx: ReadTx, name: string): Promise<Archive> {
  const found = await tx.get(archive(name))
  if (!found) throw notFound(`Archive ${name} does not exist.`)
  return found
}

async function describe(tx: ReadTx, { name, bus, retentionDays, generation, createdAtMs }: Archive, ctx: Ctx) {
  return {
    ArchiveName: name,
    EventSourceArn: busArn(ctx.scope, bus),
    State: 'ENABLED' as const,
    RetentionDays: retentionDays,
    SizeBytes: await tx.count(archivedCount(generation, 'bytes')),
    EventCount: await tx.count(archivedCount(generation, 'events')),
    CreationTime: new Date(createdAtMs),
  }
}
