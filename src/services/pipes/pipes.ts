import { passingRole, requestTags } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, toPageToken } from '../../kernel/page-token.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { findPipe, invalid, pipeArn, principalName } from './names.ts'
import { checkPipe, refuseParameters } from './settings.ts'
import { storeChanging } from './settle.ts'
import { changedSource, newSource, shownSource } from './source.ts'
import { type Pipe, pipe } from './state.ts'

/** Pipes that one request looks at: of what its filters leave out, a page may have fewer than asked for. */
const mostLookedAt = 1_000
const mostTags = 50

/** Pipes: from a source, over a filter and an enrichment, to a target. */
export const pipes = operations<Api>()({
  CreatePipe: {
    authorize(input, ctx) {
      const context = requestTags(input.Tags)
      const making = { ...asking('CreatePipe', input, ctx), context }
      const tagging = { ...asking('TagResource', input, ctx), context }
      return [making, ...(input.Tags ? [tagging] : []), passRole(input.RoleArn)]
    },
    async write(tx, input, ctx) {
      if (await tx.get(pipe(input.Name))) throw awsError('ConflictException', `Pipe ${input.Name} already exists.`)
      refuse(input)
      const { Name: name, Tags: tags = {} } = input
      if (Object.keys(tags).length > mostTags) throw invalid(`A pipe can have at most ${mostTags} tags.`)
      const made: Pipe = {
        name,
        description: input.Description,
        desired: input.DesiredState ?? 'RUNNING',
        current: 'CREATING',
        source: input.Source,
        sourceParameters: newSource(input.SourceParameters),
        enrichment: input.Enrichment || undefined,
        enrichmentParameters: input.EnrichmentParameters,
        target: input.Target,
        targetParameters: input.TargetParameters,
        roleArn: input.RoleArn,
        kmsKey: input.KmsKeyIdentifier || undefined,
        tags,
        createdAtMs: ctx.nowMs,
        modifiedAtMs: ctx.nowMs,
      }
      checkPipe(made)
      storeChanging(tx, made, ctx.host)
      return answer(made, ctx)
    },
  },

  UpdatePipe: {
    authorize: (input, ctx) => [asking('UpdatePipe', input, ctx), passRole(input.RoleArn)],
    async write(tx, input, ctx) {
      const before = await settled(tx, input.Name)
      refuse(input)
      // What is not given stays; parameters are replaced as a whole.
      const next: Pipe = {
        ...before,
        description: input.Description ?? before.description,
        desired: input.DesiredState ?? before.desired,
        current: 'UPDATING',
        reason: undefined,
        sourceParameters: changedSource(before, input.SourceParameters),
        enrichment: (input.Enrichment ?? before.enrichment) || undefined,
        enrichmentParameters: input.EnrichmentParameters ?? before.enrichmentParameters,
        target: input.Target ?? before.target,
        targetParameters: input.TargetParameters ?? before.targetParameters,
        roleArn: input.RoleArn,
        kmsKey: (input.KmsKeyIdentifier ?? before.kmsKey) || undefined,
        modifiedAtMs: changedAt(before, ctx),
      }
      checkPipe(next)
      storeChanging(tx, next, ctx.host)
      return answer(next, ctx)
    },
  },

  DescribePipe: {
    authorize: (input, ctx) => [asking('DescribePipe', input, ctx)],
    async read(tx, { Name }, ctx) {
      const found = await findPipe(tx, Name)
      return {
        ...answer(found, ctx),
        Description: found.description,
        StateReason: found.reason,
        Source: found.source,
        SourceParameters: shownSource(found.sourceParameters),
        Enrichment: found.enrichment,
        EnrichmentParameters: found.enrichmentParameters as object | undefined,
        Target: found.target,
        TargetParameters: found.targetParameters as object | undefined,
        RoleArn: found.roleArn,
        KmsKeyIdentifier: found.kmsKey,
        Tags: { ...found.tags },
      }
    },
  },

  DeletePipe: {
    authorize: (input, ctx) => [asking('DeletePipe', input, ctx)],
    async write(tx, { Name }, ctx) {
      const before = await settled(tx, Name)
      const next: Pipe = { ...before, current: 'DELETING', modifiedAtMs: changedAt(before, ctx) }
      storeChanging(tx, next, ctx.host)
      return { ...answer(next, ctx), DesiredState: 'DELETED' as const }
    },
  },

  StartPipe: {
    authorize: (input, ctx) => [asking('StartPipe', input, ctx)],
    write: (tx, { Name }, ctx) => become(tx, Name, 'RUNNING', ctx),
  },
  StopPipe: {
    authorize: (input, ctx) => [asking('StopPipe', input, ctx)],
    write: (tx, { Name }, ctx) => become(tx, Name, 'STOPPED', ctx),
  },

  ListPipes: {
    authorize: () => [{ action: 'pipes:ListPipes', resource: '*' }],
    async read(tx, { NamePrefix = '', NextToken, Limit = 100, ...wanted }, ctx) {
      const refused = () => invalid('Invalid NextToken. Use that of the previous answer.')
      const bounds = NextToken === undefined ? { from: [NamePrefix] } : boundsOfPage(NextToken, refused)
      const found: Pipe[] = []
      let last = ''
      let looked = 0
      for await (const { value } of tx.range(pipe.between([], bounds), { limit: mostLookedAt + 1 })) {
        if (!value.name.startsWith(NamePrefix)) break
        if (found.length === Limit || looked === mostLookedAt) {
          return { Pipes: found.map((one) => summary(one, ctx)), NextToken: toPageToken(last) }
        }
        looked++
        last = value.name
        const { DesiredState, CurrentState, SourcePrefix = '', TargetPrefix = '' } = wanted
        if (DesiredState !== undefined && DesiredState !== value.desired) continue
        if (CurrentState !== undefined && CurrentState !== value.current) continue
        if (value.source.startsWith(SourcePrefix) && value.target.startsWith(TargetPrefix)) found.push(value)
      }
      return { Pipes: found.map((one) => summary(one, ctx)) }
    },
  },
})

/** The pipe, when no change of it is under way. Throws ConflictException. */
async function settled(tx: Tx, name: string): Promise<Pipe> {
  const found = await findPipe(tx, name)
  if (/ING$/.test(found.current) && found.current !== 'RUNNING') {
    throw awsError('ConflictException', `Pipe ${name} is ${found.current}. Wait until that is done.`)
  }
  return found
}

async function become(tx: Tx, name: string, desired: Pipe['desired'], ctx: Ctx) {
  const before = await settled(tx, name)
  if (before.current === desired) throw awsError('ConflictException', `Pipe ${name} is ${desired} already.`)
  const current = desired === 'RUNNING' ? 'STARTING' : 'STOPPING'
  const next: Pipe = { ...before, desired, current, reason: undefined, modifiedAtMs: changedAt(before, ctx) }
  storeChanging(tx, next, ctx.host)
  return answer(next, ctx)
}

/** Later than the change before, whatever the clock says: by it a poller tells that there was another. */
const changedAt = ({ modifiedAtMs }: Pipe, { nowMs }: Ctx): number => Math.max(nowMs, modifiedAtMs + 1)

interface Refusable {
  readonly LogConfiguration?: object
  readonly SourceParameters?: object
  readonly EnrichmentParameters?: object
  readonly TargetParameters?: object
}

function refuse({ LogConfiguration, SourceParameters, EnrichmentParameters, TargetParameters }: Refusable): void {
  if (LogConfiguration) throw invalid('LogConfiguration is not supported by Landfall so far.')
  refuseParameters({ SourceParameters, EnrichmentParameters, TargetParameters })
}

function answer(found: Pipe, ctx: Ctx) {
  return {
    Arn: pipeArn(ctx.scope, found.name),
    Name: found.name,
    DesiredState: found.desired,
    CurrentState: found.current,
    CreationTime: new Date(found.createdAtMs),
    LastModifiedTime: new Date(found.modifiedAtMs),
  }
}

function summary(found: Pipe, ctx: Ctx) {
  const { source: Source, target: Target, enrichment: Enrichment, reason: StateReason } = found
  return { ...answer(found, ctx), StateReason, Source, Target, Enrichment }
}

function asking(name: string, { Name }: { readonly Name: string }, ctx: Ctx) {
  return { action: `pipes:${name}`, resource: pipeArn(ctx.scope, Name) }
}

const passRole = (roleArn: string) => passingRole(roleArn, principalName)
