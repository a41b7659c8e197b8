import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { invalid } from '../../stacks/value.ts'
import { onStack } from './access.ts'
import type { Api } from './api.ts'
import { begin } from './begin.ts'
import { findStack, liveStack } from './find.ts'
import { checkName, readTags, refuseUnsupported } from './input.ts'
import { type Lineage, lineageOf, stackSetOf } from './lineage.ts'
import { policyText } from './policies.ts'
import { checkRole, planFor, readWanted } from './prepare.ts'
import { byAge, named, type Stack, stack, template } from './state.ts'
import { templateText } from './template-source.ts'

/** Statuses from which a stack can be updated. */
export const updatable = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_FAILED',
  'CREATE_FAILED',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_COMPLETE',
]

/** Stacks made and changed directly. */
export const stacks = operations<Api>()({
  CreateStack: {
    authorize: (input, ctx, tx) => onStack('CreateStack', input.StackName, input, ctx, tx),
    async call(input, ctx) {
      checkName(input.StackName, 'stackName')
      refuseUnsupported(input)
      if (input.DisableRollback !== undefined && input.OnFailure !== undefined) {
        throw invalid('Only one of DisableRollback and OnFailure may be specified.')
      }
      const existing = await ctx.read((tx) => findStack(tx, input.StackName))
      if (existing) return again(existing, input.ClientRequestToken)
      const text = await templateText(input, ctx)
      if (text === undefined) throw invalid('Either Template URL or Template Body must be specified.')
      const disableRollback = input.DisableRollback ?? input.DeploymentConfig?.DisableRollback ?? false
      const onFailure = input.OnFailure ?? (disableRollback ? 'DO_NOTHING' : 'ROLLBACK')
      const lineage = await lineageOf(ctx)
      const roleArn = input.RoleARN ?? lineage?.roleArn
      const fresh = newStack(input.StackName, ctx)
      const read = await readWanted(
        {
          text,
          parameters: input.Parameters ?? [],
          tags: readTags(input.Tags),
          capabilities: lineage?.capabilities ?? input.Capabilities ?? [],
          resourceTypes: input.ResourceTypes,
          roleArn,
        },
        fresh,
        undefined,
        ctx,
      )
      await checkRole(input.RoleARN, ctx)
      const policy = await policyText(input.StackPolicyBody, input.StackPolicyURL, ctx)
      const { imports } = await planFor(read, fresh, ctx)
      return ctx.write(async (tx) => {
        const raced = await findStack(tx, input.StackName)
        if (raced) return again(raced, input.ClientRequestToken)
        const made: Stack = {
          ...fresh,
          ...read.settings,
          disableRollback: onFailure === 'DO_NOTHING' && lineage === undefined,
          terminationProtection: input.EnableTerminationProtection ?? false,
          timeoutMinutes: input.TimeoutInMinutes,
          parentId: lineage?.parentId,
          rootId: lineage?.rootId,
          stackSetArn: stackSetOf(ctx),
        }
        register(tx, made)
        const begun = await begin(
          tx,
          made,
          {
            status: 'CREATE_IN_PROGRESS',
            kind: 'create',
            phase: 'forward',
            onFailure,
            retainExceptOnCreate: input.RetainExceptOnCreate ?? lineage?.retainExceptOnCreate,
            deadlineMs: input.TimeoutInMinutes === undefined ? undefined : ctx.nowMs + input.TimeoutInMinutes * 60_000,
            roleArn,
            token: input.ClientRequestToken,
            action: 'CreateStack',
            policy,
            target: { ...read.settings, text, processed: read.processed, imports },
          },
          ctx,
        )
        return answerOf(begun)
      })
    },
  },

  UpdateStack: {
    authorize: (input, ctx, tx) => onStack('UpdateStack', input.StackName, input, ctx, tx),
    async call(input, ctx) {
      refuseUnsupported(input)
      const before = await ctx.read((tx) => liveStack(tx, input.StackName))
      if (input.ClientRequestToken !== undefined && before.lastRequest?.token === input.ClientRequestToken)
        return repeated(before, 'UpdateStack')
      refuseUnlessUpdatable(before)
      const lineage = await lineageOf(ctx)
      if (lineage && !input.UsePreviousTemplate) await keepPrevious(before, ctx)
      const given = await templateText(input, ctx)
      const source =
        given === undefined && input.UsePreviousTemplate
          ? await previousTemplate(before, lineage, ctx)
          : { text: given, processed: undefined }
      const { text, processed } = source
      if (text === undefined) throw invalid('Either Template URL or Template Body must be specified.')
      const roleArn = input.RoleARN ?? lineage?.roleArn ?? before.roleArn
      const read = await readWanted(
        {
          text,
          processed,
          parameters: input.Parameters ?? [],
          tags: input.Tags === undefined ? before.tags : readTags(input.Tags),
          capabilities: lineage?.capabilities ?? input.Capabilities ?? [],
          resourceTypes: input.ResourceTypes,
          roleArn,
        },
        before,
        before.parameters,
        ctx,
      )
      await checkRole(input.RoleARN, ctx)
      const policy = await policyText(input.StackPolicyBody, input.StackPolicyURL, ctx)
      const { StackPolicyDuringUpdateBody: during, StackPolicyDuringUpdateURL: duringUrl } = input
      const policyDuringUpdate = await policyText(during, duringUrl, ctx)
      const { changed, imports } = await planFor(read, before, ctx)
      if (!changed) throw invalid('No updates are to be performed.')
      return ctx.write(async (tx) => {
        const of = await liveStack(tx, before.id)
        refuseUnlessUpdatable(of)
        const disableRollback = input.DisableRollback ?? input.DeploymentConfig?.DisableRollback ?? false
        const begun = await begin(
          tx,
          { ...of, disableRollback },
          {
            status: 'UPDATE_IN_PROGRESS',
            kind: 'update',
            phase: 'forward',
            onFailure: disableRollback ? 'DO_NOTHING' : 'ROLLBACK',
            retainExceptOnCreate: input.RetainExceptOnCreate ?? lineage?.retainExceptOnCreate,
            undoes: lineage?.restores,
            force: lineage?.force,
            roleArn,
            token: input.ClientRequestToken,
            action: 'UpdateStack',
            policy,
            policyDuringUpdate,
            target: { ...read.settings, text, processed: read.processed, imports },
          },
          ctx,
        )
        return answerOf(begun)
      })
    },
  },

  UpdateTerminationProtection: {
    authorize: (input, ctx, tx) => onStack('UpdateTerminationProtection', input.StackName, {}, ctx, tx),
    async write(tx, { StackName, EnableTerminationProtection }) {
      const of = await liveStack(tx, StackName)
      tx.set(stack(of.uuid), { ...of, terminationProtection: EnableTerminationProtection })
      return { StackId: of.id }
    },
  },
})

/**
 * The template that a stack has, its transforms to be applied anew. For a nested stack that its parent takes back, the
 * one it had before, with what they had made of it.
 */
async function previousTemplate(
  of: Stack,
  lineage: Lineage | undefined,
  ctx: Ctx,
): Promise<{ text?: string | undefined; processed?: string | undefined }> {
  const [now, before] = await ctx.read((tx) => tx.getMany([template(of.uuid, 'stack'), template(of.uuid, 'previous')]))
  return lineage ? (before ?? now ?? {}) : { text: now?.text }
}

/** What a nested stack goes back to when its parent does. Even when nothing changes: the parent may fail elsewhere. */
async function keepPrevious(of: Stack, ctx: Ctx): Promise<void> {
  await ctx.write(async (tx) => {
    const now = await tx.get(template(of.uuid, 'stack'))
    if (now) tx.set(template(of.uuid, 'previous'), now)
  })
}

interface Begun {
  readonly StackId: string
  readonly OperationId: string | undefined
}

function answerOf({ id, lastOperations }: Stack): Begun {
  return { StackId: id, OperationId: lastOperations?.[0]?.id }
}

/** A stack that has no resources yet. */
export function newStack(name: string, ctx: Ctx): Stack {
  const uuid = ctx.newId()
  return {
    uuid,
    name,
    id: ctx.arn('cloudformation', `stack/${name}/${uuid}`),
    status: 'REVIEW_IN_PROGRESS',
    createdAtMs: ctx.nowMs,
    parameters: {},
    noEcho: [],
    tags: {},
    capabilities: [],
    outputs: [],
    imports: [],
    disableRollback: false,
    terminationProtection: false,
  }
}

export function register(tx: Tx, of: Stack): void {
  tx.set(stack(of.uuid), of)
  tx.set(named(of.name), { uuid: of.uuid })
  tx.set(byAge(of.createdAtMs, of.uuid), true)
}

function again(existing: Stack, token: string | undefined): Begun {
  if (token !== undefined && existing.lastRequest?.token === token) return repeated(existing, 'CreateStack')
  throw awsError('AlreadyExistsException', `Stack [${existing.name}] already exists`)
}

/** The answer to a request that has been made already, known by its token. */
export function repeated(of: Stack, action: string): Begun {
  if (of.lastRequest?.action !== action) {
    throw awsError(
      'TokenAlreadyExistsException',
      `Token ${of.lastRequest?.token} was already used for another operation on stack [${of.name}]`,
    )
  }
  return { StackId: of.id, OperationId: of.lastRequest.operation }
}

export function refuseUnlessUpdatable(of: Stack): void {
  if (!updatable.includes(of.status)) throw invalid(`Stack:${of.id} is in ${of.status} state and can not be updated.`)
}
