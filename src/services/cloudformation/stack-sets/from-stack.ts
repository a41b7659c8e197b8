import { parseArn } from '../../../kernel/arn.ts'
import type { Ctx } from '../../../kernel/context.ts'
import { awsError } from '../../../kernel/errors.ts'
import type { Scope } from '../../../kernel/records.ts'
import { masked, type ParameterInput } from '../../../stacks/parameters.ts'
import { invalid } from '../../../stacks/value.ts'

/** Where a stack is, by its ARN. Throws ValidationError for what is none. */
export function placeOfStack(id: string): Scope {
  const arn = parseArn(id)
  if (arn?.service !== 'cloudformation' || !/^\d{12}$/.test(arn.account) || !arn.resource.startsWith('stack/')) {
    throw invalid(`StackId must be the ARN of a stack. Found ${id.slice(0, 200)}`)
  }
  return { account: arn.account, region: arn.region }
}

/** The template and parameters of a stack that a set is made from, read as the caller, who needs to be of its account. */
export async function fromStack(
  StackName: string,
  { TemplateBody, TemplateURL }: { TemplateBody?: string; TemplateURL?: string },
  ctx: Ctx,
): Promise<{ text: string; parameters: ParameterInput[] }> {
  if (TemplateBody !== undefined || TemplateURL !== undefined) {
    throw invalid('StackId may not be specified with TemplateBody or TemplateURL.')
  }
  const scope = placeOfStack(StackName)
  if (scope.account !== ctx.account)
    throw awsError('StackNotFoundException', `Stack ${StackName} not found`, { status: 404 })
  const options = { as: ctx.principal, scope, signal: ctx.signal }
  const { Stacks } = await ctx.host.invoke<{ Stacks: { Parameters?: ParameterInput[] }[] }>(
    'cloudformation:DescribeStacks',
    { StackName },
    options,
  )
  const given = { StackName, TemplateStage: 'Original' }
  const { TemplateBody: text } = await ctx.host.invoke<{ TemplateBody: string }>(
    'cloudformation:GetTemplate',
    given,
    options,
  )
  const parameters = (Stacks[0]?.Parameters ?? []).map(({ ParameterKey, ParameterValue }) => {
    if (ParameterValue === masked)
      throw invalid(`Parameters must be specified: ${ParameterKey} is not shown by its stack.`)
    return { ParameterKey, ParameterValue } as ParameterInput
  })
  return { text, parameters }
}
