import type { Ctx } from '../../kernel/context.ts'
import type { Tx } from '../../kernel/records.ts'
import type { Deployment, StackStatus } from '../../stacks/deployment.ts'
import { invalid } from '../../stacks/value.ts'
import { addEvent, stackLine } from './event-log.ts'
import { openOperation, operationType } from './operation-log.ts'
import { outdateRefactors } from './refactor-end.ts'
import {
  changeSet,
  deployment,
  exported,
  importing,
  type Settings,
  type Stack,
  type StoredDeployment,
  type StoredTemplate,
  stack,
  stackPolicy,
  template,
} from './state.ts'

/** What a deployment is to do. */
export interface Beginning {
  readonly status: StackStatus
  readonly kind: Deployment['kind']
  readonly phase: Deployment['phase']
  readonly onFailure?: Deployment['onFailure']
  readonly retainExceptOnCreate?: boolean | undefined
  readonly undoes?: boolean | undefined
  readonly force?: boolean | undefined
  readonly deadlineMs?: number | undefined
  readonly roleArn?: string | undefined
  readonly token?: string | undefined
  readonly action: string
  readonly skip?: readonly string[] | undefined
  readonly toImport?: Readonly<Record<string, string>> | undefined
  /** What it leads to, and its template's text. Absent for deletions and rollbacks. */
  readonly target?: Settings & StoredTemplate & { readonly imports: readonly string[] }
  /** Becomes the stack's policy. */
  readonly policy?: string | undefined
  /** Holds in place of the stack's policy, for this update. */
  readonly policyDuringUpdate?: string | undefined
  readonly changeSet?: { readonly id: string; readonly uuid: string }
}

/** Begins a deployment: the stack says so, and the work is scheduled. In the transaction of the request. */
export async function begin(tx: Tx, of: Stack, start: Beginning, ctx: Ctx): Promise<Stack> {
  const { roleArn, token, target } = start
  const opened = openOperation(tx, of, operationType(start.kind, start.phase, start.action), ctx.ids)
  const now: Stack = {
    ...of,
    status: start.status,
    reason: 'User Initiated',
    lastOperations: [opened],
    ...(start.kind === 'update' || start.kind === 'import' ? { updatedAtMs: ctx.nowMs } : {}),
    ...(token === undefined ? {} : { lastRequest: { token, action: start.action, operation: opened.id } }),
  }
  const settings = target && withoutText(target)
  const { policyDuringUpdate } = start
  if (start.policy !== undefined) tx.set(stackPolicy(of.uuid), { text: start.policy })
  const running: StoredDeployment = {
    id: ctx.newId(),
    kind: start.kind,
    phase: start.phase,
    onFailure: start.onFailure ?? 'ROLLBACK',
    principal: ctx.principal,
    operation: opened.id,
    ...(start.retainExceptOnCreate ? { retainExceptOnCreate: true } : {}),
    ...(start.undoes ? { undoes: true } : {}),
    ...(start.force ? { force: true } : {}),
    ...(start.deadlineMs === undefined ? {} : { deadlineMs: start.deadlineMs }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(policyDuringUpdate === undefined ? {} : { policyDuringUpdate }),
    ...(token === undefined ? {} : { clientRequestToken: token }),
    ...(start.skip === undefined ? {} : { skip: start.skip }),
    ...(start.toImport === undefined ? {} : { toImport: start.toImport }),
    ...(settings === undefined ? {} : { target: settings, imports: target?.imports }),
    ...(start.changeSet === undefined ? {} : { changeSetId: start.changeSet.id, changeSetUuid: start.changeSet.uuid }),
  }
  if (target) {
    const stored = { text: target.text, processed: target.processed }
    tx.set(template(of.uuid, 'target'), stored)
    // A stack that is being made has no older template to show.
    if (start.kind === 'create') tx.set(template(of.uuid, 'stack'), stored)
    for (const name of target.imports) {
      if (!(await tx.get(exported(name)))) throw invalid(`No export named ${name} found.`)
      tx.set(importing(name, of.uuid), { stackName: of.name })
    }
  }
  // The new template's settings show only once they are reached, except on a stack that had none.
  const shown = start.kind === 'create' && settings ? { ...now, ...settings } : now
  tx.set(stack(of.uuid), shown)
  tx.set(deployment(of.uuid), running)
  await addEvent(tx, of, ctx.host, stackLine(now), ctx.nowMs, running)
  await outdate(tx, of, start.changeSet?.uuid)
  ctx.host.deliveries.schedule(tx, {
    kind:
      of.parentId === undefined && of.stackSetArn === undefined ? 'cloudformation:apply' : 'cloudformation:applyNested',
    scope: ctx.scope,
    data: { uuid: of.uuid },
  })
  return shown
}

function withoutText({
  text: _,
  processed: ___,
  imports: __,
  ...settings
}: NonNullable<Beginning['target']>): Settings {
  return settings
}

/** Change sets, and refactors, made for the stack as it was can no longer be executed. */
export async function outdate(tx: Tx, of: Stack, executed: string | undefined): Promise<void> {
  await outdateRefactors(tx, of)
  for await (const { value } of tx.range(changeSet.under(of.uuid))) {
    if (value.uuid !== executed && value.execution === 'AVAILABLE') {
      tx.set(changeSet(of.uuid, value.uuid), { ...value, execution: 'OBSOLETE' })
    }
  }
}
