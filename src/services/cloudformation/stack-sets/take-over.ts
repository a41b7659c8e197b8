import { readDeclarations } from '../../../stacks/template.ts'
import { sameValue } from '../../../stacks/value.ts'
import { stackUuid } from '../find.ts'
import { parseText } from '../parse-text.ts'
import { type Stack, stack } from '../state.ts'
import type { StackSet } from './state.ts'
import { type Invoke, type Outcome, placeOf, type Work } from './work.ts'

/** What a stack is in when it is whole. */
const whole = /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE$/

/**
 * Takes a stack that there is into its set; nothing of it changes. Its template has to be that of the set, and
 * parameters in which it differs become the instance's own.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-import.html
 */
export async function takeOver({ host, set, text, target, of }: Work, invoke: Invoke): Promise<Outcome> {
  const StackName = target.stackId ?? ''
  // As the execution role, which has to be allowed to read it.
  await invoke('cloudformation:DescribeStacks', { StackName })
  const { TemplateBody } = await invoke<{ TemplateBody: string }>('cloudformation:GetTemplate', {
    StackName,
    TemplateStage: 'Original',
  })
  const found = await host.records.read(placeOf(of), (tx) => tx.get(stack(stackUuid(StackName))))
  const refused = refusedImport(StackName, found, set)
  if (!found || refused !== undefined) return failed(refused ?? '')
  const [ours, theirs] = await Promise.all([parseText(text, host.workers), parseText(TemplateBody, host.workers)])
  if (!sameValue(ours, theirs)) return failed(`The template of stack ${StackName} is not that of StackSet ${set.name}.`)
  const { parameters: declared } = readDeclarations(ours)
  const own = Object.entries(found.parameters).filter(
    ([name, value]) => value !== (set.parameters[name] ?? declared[name]?.defaultValue),
  )
  return { ok: true, stackId: StackName, overrides: Object.fromEntries(own) }
}

/** Why a stack, as it is, can not become one of a set; undefined when it can. */
export function refusedImport(id: string, found: Stack | undefined, set: StackSet): string | undefined {
  if (!found || !whole.test(found.status)) {
    return `Stack ${id} is in ${found?.status ?? 'DELETE_COMPLETE'} state and can not be imported.`
  }
  if (found.stackSetArn !== undefined && found.stackSetArn !== set.arn) {
    return `Stack ${id} is already associated with StackSet ${found.stackSetArn}.`
  }
  return undefined
}

function failed(reason: string): Outcome {
  return { ok: false, reason, inoperable: true }
}
