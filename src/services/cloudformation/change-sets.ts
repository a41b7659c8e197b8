import type { Ctx } from '../../kernel/context.ts'
import { countUpTo } from '../../kernel/count-up-to.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { invalid } from '../../stacks/value.ts'
import { onChangeSet, onStack } from './access.ts'
import type { Api } from './api.ts'
import { begin } from './begin.ts'
import { describeChanges } from './changes.ts'
import { addEvent, stackLine } from './event-log.ts'
import { changeSetOf, findStack } from './find.ts'
import { dropChangeSet } from './forget.ts'
import {
  checkImport,
  type FoundImports,
  findImports,
  noImportFailure,
  readImports,
  refuseOtherChanges,
  type WantedImports,
} from './imports.ts'
import { checkName, readTags, refuseUnsupported } from './input.ts'
import { checkRole, type Planned, planFor, type Read, readWanted } from './prepare.ts'
import { newStack, refuseUnlessUpdatable, register, updatable } from './stacks.ts'
import {
  type ChangeSet,
  change,
  changeSet,
  changeSetHome,
  changeSetNamed,
  type DescribedChange,
  type Stack,
  template,
} from './state.ts'
import { templateText } from './template-source.ts'

const maximum = 1_000
const nothingToDo =
  "The submitted information didn't contain changes. Submit different information to create a change set."

/** Changes looked at before they are made. */
export const changeSets = operations<Api>()({
  CreateChangeSet: {
    authorize: (input, ctx, tx) => onStack('CreateChangeSet', input.StackName, input, ctx, tx),
    async call(input, ctx) {
      checkName(input.ChangeSetName, 'changeSetName')
      refuseUnsupported(input)
      const type = input.ChangeSetType ?? 'UPDATE'
      checkImport(type, input)
      const existing = await ctx.read((tx) => findStack(tx, input.StackName))
      const of = stackFor(type, existing, input.StackName, input.ChangeSetName, ctx)
      if (existing) {
        const before = await ctx.read((tx) => tx.get(changeSetNamed(existing.uuid, input.ChangeSetName)))
        const set = before && (await ctx.read((tx) => tx.get(changeSet(existing.uuid, before.uuid))))
        if (set) return sameAgain(set, existing, input.ClientToken)
      }
      const text =
        (await templateText(input, ctx)) ??
        (input.UsePreviousTemplate ? (await ctx.read((tx) => tx.get(template(of.uuid, 'stack'))))?.text : undefined)
      if (text === undefined) throw invalid('Either Template URL or Template Body must be specified.')
      const read = await readWanted(
        {
          text,
          parameters: input.Parameters ?? [],
          tags: input.Tags === undefined ? of.tags : readTags(input.Tags),
          capabilities: input.Capabilities ?? [],
          resourceTypes: input.ResourceTypes,
          roleArn: input.RoleARN ?? of.roleArn,
          reviewed: true,
        },
        of,
        type === 'CREATE' ? undefined : of.parameters,
        ctx,
      )
      await checkRole(input.RoleARN, ctx)
      const asked = type === 'IMPORT' ? await readImports(input.ResourcesToImport ?? [], read.template, ctx) : undefined
      const { result, changes } = await tryPlan(
        read,
        of,
        { asked, existing: input.ImportExistingResources === true },
        ctx,
      )
      const uuid = ctx.newId()
      const disableRollback = input.DeploymentConfig?.DisableRollback === true
      const set: ChangeSet = {
        ...read.settings,
        uuid,
        name: input.ChangeSetName,
        id: ctx.arn('cloudformation', `changeSet/${input.ChangeSetName}/${uuid}`),
        type,
        note: input.Description,
        ...result,
        createdAtMs: ctx.nowMs,
        onFailure: input.OnStackFailure ?? (disableRollback ? 'DO_NOTHING' : undefined),
        includeNestedStacks: input.IncludeNestedStacks ?? false,
        importExisting: input.ImportExistingResources ?? false,
        mode: input.DeploymentConfig?.Mode,
        token: input.ClientToken,
      }
      return ctx.write(async (tx) => {
        const now = await findStack(tx, input.StackName)
        const home = stackFor(type, now, input.StackName, input.ChangeSetName, ctx, of)
        const taken = await tx.get(changeSetNamed(home.uuid, set.name))
        const other = taken && (await tx.get(changeSet(home.uuid, taken.uuid)))
        if (other) return sameAgain(other, home, input.ClientToken)
        await refuseTooMany(tx, home)
        if (!now) {
          const made: Stack = { ...home, reason: 'User Initiated' }
          register(tx, made)
          await addEvent(tx, made, ctx.host, stackLine(made), ctx.nowMs, {})
        }
        tx.set(changeSet(home.uuid, uuid), set)
        for (const [index, item] of changes.entries()) tx.set(change(uuid, index), item)
        tx.set(changeSetNamed(home.uuid, set.name), { uuid })
        tx.set(changeSetHome(uuid), { stack: home.uuid })
        tx.set(template(home.uuid, `change-set/${uuid}`), { text, processed: read.processed })
        return { Id: set.id, StackId: home.id }
      })
    },
  },

  ExecuteChangeSet: {
    authorize: (input, ctx, tx) => onChangeSet('ExecuteChangeSet', input.ChangeSetName, input.StackName, ctx, tx),
    async write(tx, input, ctx) {
      const { set, of } = await changeSetOf(tx, input.ChangeSetName, input.StackName)
      const token = input.ClientRequestToken
      if (token !== undefined && of.lastRequest?.token === token && of.lastRequest.action === set.id) return {}
      if (set.execution !== 'AVAILABLE') {
        throw awsError(
          'InvalidChangeSetStatusException',
          set.status === 'FAILED'
            ? `ChangeSet [${set.id}] cannot be executed in its current status of [FAILED]`
            : `ChangeSet [${set.id}] cannot be executed in its current execution status of [${set.execution}]`,
        )
      }
      const fresh = of.status === 'REVIEW_IN_PROGRESS'
      if (!fresh) refuseUnlessUpdatable(of)
      const text = await tx.get(template(of.uuid, `change-set/${set.uuid}`))
      if (!text) throw new Error(`the change set ${set.id} has no template`)
      if (set.type === 'IMPORT' && input.DisableRollback) throw noImportFailure('DisableRollback')
      const onFailure = set.onFailure ?? (input.DisableRollback ? 'DO_NOTHING' : 'ROLLBACK')
      const kind = set.type === 'IMPORT' ? 'import' : fresh ? 'create' : 'update'
      for await (const { value } of tx.range(changeSet.under(of.uuid))) {
        if (value.uuid !== set.uuid) dropChangeSet(tx, of.uuid, value)
      }
      tx.set(changeSet(of.uuid, set.uuid), { ...set, execution: 'EXECUTE_IN_PROGRESS' })
      const { description, parameters, stored, noEcho, tags, capabilities, roleArn } = set
      await begin(
        tx,
        { ...of, disableRollback: onFailure === 'DO_NOTHING', ...(fresh ? { changeSetId: set.id } : {}) },
        {
          status: began[kind],
          kind,
          toImport: set.toImport,
          phase: 'forward',
          onFailure,
          retainExceptOnCreate: input.RetainExceptOnCreate,
          roleArn,
          token,
          action: set.id,
          target: {
            description,
            parameters,
            stored,
            noEcho,
            tags,
            capabilities,
            roleArn,
            text: text.text,
            processed: text.processed,
            imports: set.imports,
          },
          changeSet: { id: set.id, uuid: set.uuid },
        },
        ctx,
      )
      return {}
    },
  },

  DeleteChangeSet: {
    authorize: (input, ctx, tx) => onChangeSet('DeleteChangeSet', input.ChangeSetName, input.StackName, ctx, tx),
    async write(tx, input) {
      let found: Awaited<ReturnType<typeof changeSetOf>>
      try {
        found = await changeSetOf(tx, input.ChangeSetName, input.StackName)
      } catch (error) {
        // Deleting what is not there succeeds, as long as its stack is.
        if (isAwsError(error, 'ChangeSetNotFoundException')) return {}
        throw error
      }
      const { set, of } = found
      if (set.execution === 'EXECUTE_IN_PROGRESS') {
        throw awsError(
          'InvalidChangeSetStatusException',
          `ChangeSet [${set.id}] cannot be deleted in its current execution status of [EXECUTE_IN_PROGRESS]`,
        )
      }
      dropChangeSet(tx, of.uuid, set)
      return {}
    },
  },
})

const began = { create: 'CREATE_IN_PROGRESS', update: 'UPDATE_IN_PROGRESS', import: 'IMPORT_IN_PROGRESS' } as const

/** The stack that a change set is for: one that is there, or (CREATE, or IMPORT where there is none) a new one under review. */
function stackFor(
  type: ChangeSet['type'],
  existing: Stack | undefined,
  name: string,
  set: string,
  ctx: Ctx,
  prepared?: Stack,
): Stack {
  if (type === 'CREATE' || (type === 'IMPORT' && (!existing || existing.status === 'REVIEW_IN_PROGRESS'))) {
    if (existing && existing.status !== 'REVIEW_IN_PROGRESS') {
      throw invalid(`Stack [${name}] already exists and cannot be created again with the changeSet [${set}].`)
    }
    if (existing) return existing
    if (prepared) return prepared
    checkName(name, 'stackName')
    return newStack(name, ctx)
  }
  if (!existing || existing.status === 'DELETE_COMPLETE') throw invalid(`Stack [${name}] does not exist`)
  if (!updatable.includes(existing.status)) {
    throw invalid(`Stack:${existing.id} is in ${existing.status} state and can not be updated.`)
  }
  return existing
}

interface Outcome {
  readonly result: Pick<ChangeSet, 'status' | 'reason' | 'execution' | 'imports' | 'toImport'>
  readonly changes: readonly DescribedChange[]
}

/** What the plan says, or why there is none: a change set that failed is made all the same, and says so. */
async function tryPlan(read: Read, of: Stack, wanted: WantedImports, ctx: Ctx): Promise<Outcome> {
  const failed = (reason: string): Outcome => ({
    result: { status: 'FAILED', reason, execution: 'UNAVAILABLE', imports: [] },
    changes: [],
  })
  let planned: Planned
  let found: FoundImports
  try {
    planned = await planFor(read, of, ctx)
    found = await findImports(planned.changes, wanted, read.template, ctx)
  } catch (error) {
    if (!isAwsError(error)) throw error
    return failed(error.message)
  }
  if (wanted.asked) refuseOtherChanges(planned, wanted.asked)
  if (!planned.changed) return failed(nothingToDo)
  const { imports } = planned
  return {
    result: { status: 'CREATE_COMPLETE', execution: 'AVAILABLE', imports, toImport: found.toImport },
    changes: describeChanges(found.changes, read.settings),
  }
}

function sameAgain(set: ChangeSet, of: Stack, token: string | undefined): { Id: string; StackId: string } {
  if (token !== undefined && set.token === token) return { Id: set.id, StackId: of.id }
  throw awsError(
    'AlreadyExistsException',
    `ChangeSet ${set.name} cannot be created due to a mismatch with existing attribute: it already exists. Delete it or choose another name.`,
  )
}

async function refuseTooMany(tx: Tx, of: Stack): Promise<void> {
  if ((await countUpTo(tx, changeSet.under(of.uuid), maximum)) >= maximum)
    throw awsError('LimitExceededException', `Stack [${of.name}] has ${maximum} change sets. Delete some.`)
}
