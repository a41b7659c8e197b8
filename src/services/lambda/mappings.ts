import { beginAt } from '../../delivery/stream-checkpoints.ts'
import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { type InputFor, type OutputFor, operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { conflict, invalid, notFound } from './errors.ts'
import { type Found, findVersion } from './find.ts'
import { changedMapping, checkSource, defaultMapping, isStream, type MappingSettings } from './mapping-settings.ts'
import { type FunctionName, functionArn, mappingArn, readName } from './names.ts'
import { page } from './page.ts'
import { executionCredentials } from './role.ts'
import { checkpoint, type EventSourceMapping, mapping, mappingBySource } from './state.ts'
import { checkStream, startOf } from './stream-access.ts'
import { changedStreamMapping, describeStream, newStreamMapping } from './stream-settings.ts'
import { checkTags, tagContext } from './tags.ts'

/** Event source mappings: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html */
export const mappings = operations<Api>()({
  CreateEventSourceMapping: {
    authorize: ({ FunctionName, Tags }, ctx) => [
      {
        action: 'lambda:CreateEventSourceMapping',
        resource: '*',
        context: { 'lambda:FunctionArn': functionArn(readName(FunctionName, ctx.scope)), ...tagContext(Tags) },
      },
    ],
    async call(input, ctx) {
      const sourceArn = input.EventSourceArn
      checkSource(sourceArn)
      const settings = isStream(sourceArn) ? newStreamMapping(input) : changedMapping(defaultMapping, input, sourceArn)
      checkTags(input.Tags ?? {}, ctx)
      const name = ownName(input.FunctionName, ctx)
      const found = await ctx.read((tx) => findVersion(tx, name))
      await checkReading(ctx, found, sourceArn, settings)
      const start = settings.stream && (await startOf(ctx, found, sourceArn, settings.stream))
      const made: EventSourceMapping = {
        ...settings,
        id: ctx.newId(),
        sourceArn,
        functionName: name.name,
        qualifier: name.qualifier,
        tags: input.Tags ?? {},
        createdAtMs: ctx.nowMs,
        modifiedAtMs: ctx.nowMs,
        reason: 'USER_INITIATED',
      }
      await ctx.write(async (tx) => {
        await findVersion(tx, name)
        await claimSource(tx, made)
        tx.set(mapping(made.id), made)
        if (start) beginAt(tx, { id: made.id, checkpoint }, start.lanes, start.positions)
        if (made.enabled) startPolling(tx, ctx, made)
      })
      return describe(ctx, made, 'Creating')
    },
  },

  UpdateEventSourceMapping: {
    // Of the function that it is for, and of the one that it is to be for.
    async authorize({ UUID, FunctionName }, ctx, tx) {
      const asked = await allows('lambda:UpdateEventSourceMapping', UUID, ctx, tx)
      if (FunctionName === undefined) return asked
      const context = { 'lambda:FunctionArn': functionArn(readName(FunctionName, ctx.scope)) }
      return [...asked, ...asked.map((one) => ({ ...one, context }))]
    },
    async call(input, ctx) {
      const before = await ctx.read((tx) => findMapping(tx, input.UUID))
      const name = input.FunctionName === undefined ? nameOf(ctx, before) : ownName(input.FunctionName, ctx)
      const found = await ctx.read((tx) => findVersion(tx, name))
      const settings = changed(before, input)
      if (input.FunctionName !== undefined || settings.stream?.onFailure !== before.stream?.onFailure) {
        await checkReading(ctx, found, before.sourceArn, settings)
      }
      const next = await ctx.write(async (tx) => {
        const current = await findMapping(tx, input.UUID)
        const next: EventSourceMapping = {
          ...current,
          ...changed(current, input),
          functionName: name.name,
          qualifier: name.qualifier,
          modifiedAtMs: Math.max(ctx.nowMs, current.modifiedAtMs + 1),
          reason: 'USER_INITIATED',
        }
        if (input.FunctionName !== undefined) {
          tx.delete(sourceKey(current))
          await claimSource(tx, next)
        }
        tx.set(mapping(next.id), next)
        if (next.enabled && !current.enabled) startPolling(tx, ctx, next)
        return next
      })
      const turned = next.enabled === before.enabled ? 'Updating' : next.enabled ? 'Enabling' : 'Disabling'
      return describe(ctx, next, turned)
    },
  },

  GetEventSourceMapping: {
    authorize: ({ UUID }, ctx, tx) => allows('lambda:GetEventSourceMapping', UUID, ctx, tx),
    async read(tx, { UUID }, ctx) {
      return describe(ctx, await findMapping(tx, UUID))
    },
  },

  DeleteEventSourceMapping: {
    authorize: ({ UUID }, ctx, tx) => allows('lambda:DeleteEventSourceMapping', UUID, ctx, tx),
    async write(tx, { UUID }, ctx) {
      const gone = await findMapping(tx, UUID)
      // Its poller notices.
      tx.delete(mapping(gone.id))
      tx.delete(sourceKey(gone))
      tx.clear(checkpoint.under(gone.id))
      return describe(ctx, gone, 'Deleting')
    },
  },

  ListEventSourceMappings: {
    authorize: () => [{ action: 'lambda:ListEventSourceMappings', resource: '*' }],
    async read(tx, { EventSourceArn, FunctionName, Marker, MaxItems }, ctx) {
      const name = FunctionName === undefined ? undefined : readName(FunctionName, ctx.scope)
      const { items, next } = await page(
        Marker,
        Math.min(MaxItems ?? 100, 100),
        ['string'],
        (after) => tx.range(mapping.between([], after ? { after } : {})),
        ({ value }) =>
          (EventSourceArn === undefined || value.sourceArn === EventSourceArn) &&
          (name === undefined ||
            (value.functionName === name.name && (name.qualifier === undefined || value.qualifier === name.qualifier))),
      )
      return { EventSourceMappings: items.map(({ value }) => describe(ctx, value)), NextMarker: next }
    },
  },
})

async function allows(action: string, id: string, ctx: Ctx, tx: ReadTx) {
  const found = await tx.get(mapping(id))
  const context = found && { 'lambda:FunctionArn': functionArn(nameOf(ctx, found)) }
  return [{ action, resource: mappingArn(ctx.scope, id), ...(context ? { context } : {}) }]
}

function nameOf(ctx: Ctx, { functionName, qualifier }: EventSourceMapping): FunctionName {
  return { scope: ctx.scope, name: functionName, qualifier }
}

function ownName(text: string, ctx: Ctx): FunctionName {
  const name = readName(text, ctx.scope)
  if (name.scope.account === ctx.account) return name
  throw invalid('A mapping is made in the account of its function.')
}

async function findMapping(tx: ReadTx, id: string): Promise<EventSourceMapping> {
  const found = await tx.get(mapping(id))
  if (!found) throw notFound('The resource you requested does not exist.')
  return found
}

function sourceKey({ sourceArn, functionName, qualifier }: EventSourceMapping) {
  return mappingBySource(sourceArn, functionName, qualifier ?? '')
}

async function claimSource(tx: Tx, made: EventSourceMapping): Promise<void> {
  const existing = await tx.get(sourceKey(made))
  if (existing !== undefined && existing !== made.id) {
    throw conflict(
      `The event source arn (" ${made.sourceArn} ") and function (" ${made.functionName} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${existing}`,
    )
  }
  tx.set(sourceKey(made), made.id)
}

function startPolling(tx: Tx, ctx: Ctx, { id }: EventSourceMapping): void {
  ctx.host.deliveries.schedule(tx, { kind: 'lambda:poll', scope: ctx.scope, key: id, data: { id } })
}

function changed(before: EventSourceMapping, input: InputFor<Api, 'UpdateEventSourceMapping'>): MappingSettings {
  return before.stream
    ? changedStreamMapping(before, before.stream, input)
    : changedMapping(before, input, before.sourceArn)
}

/** Throws unless the source can be read with the function's role. */
async function checkReading(ctx: Ctx, found: Found, sourceArn: string, { stream }: MappingSettings): Promise<void> {
  await (stream ? checkStream(ctx, found, sourceArn, stream) : checkPolling(ctx, found, sourceArn))
}

/** Throws unless the queue is there, hides messages for long enough, and the function's role may poll it. */
async function checkPolling(ctx: Ctx, { name, record, configuration }: Found, sourceArn: string): Promise<void> {
  const source = await ctx.host.queueSource(sourceArn).catch((error: unknown) => {
    if (!isAwsError(error)) throw error
    throw invalid(
      `Error occurred while ReceiveMessage. SQS Error Code: ${error.code}. SQS Error Message: ${error.message}`,
    )
  })
  const own = { scope: name.scope, name: record.name }
  const { principal } = await executionCredentials(ctx.host, own, configuration.role)
  for (const operation of ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']) {
    const request = { action: `sqs:${operation}`, resource: sourceArn }
    if (await ctx.read((tx) => ctx.host.isAllowed(principal, request, {}, tx))) continue
    throw invalid(`The provided execution role does not have permissions to call ${operation} on SQS`)
  }
  if (source.visibilityTimeoutSec < configuration.timeoutSec) {
    throw invalid(
      `Queue visibility timeout: ${source.visibilityTimeoutSec} seconds is less than Function timeout: ${configuration.timeoutSec} seconds`,
    )
  }
}

function describe(
  ctx: Ctx,
  value: EventSourceMapping,
  state: string = value.enabled ? 'Enabled' : 'Disabled',
): OutputFor<Api, 'GetEventSourceMapping'> {
  return {
    UUID: value.id,
    BatchSize: value.batchSize,
    MaximumBatchingWindowInSeconds: value.windowSec,
    EventSourceArn: value.sourceArn,
    EventSourceMappingArn: mappingArn(ctx.scope, value.id),
    FunctionArn: functionArn(nameOf(ctx, value)),
    FilterCriteria: value.filters.length > 0 ? { Filters: value.filters.map((Pattern) => ({ Pattern })) } : undefined,
    ...(value.stream ? describeStream(value.stream) : {}),
    ProvisionedPollerConfig: value.provisionedPollers && {
      MinimumPollers: value.provisionedPollers.min,
      MaximumPollers: value.provisionedPollers.max,
    },
    ScalingConfig: value.maxConcurrency === undefined ? undefined : { MaximumConcurrency: value.maxConcurrency },
    FunctionResponseTypes: value.reportFailures ? ['ReportBatchItemFailures'] : [],
    LastModified: new Date(value.modifiedAtMs),
    State: state,
    StateTransitionReason: value.reason,
  }
}
