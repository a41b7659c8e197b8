import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import { readStackPolicy } from '../../stacks/stack-policy.ts'
import { invalid } from '../../stacks/value.ts'
import { onStack } from './access.ts'
import type { Api } from './api.ts'
import { liveStack, stackOf } from './find.ts'
import { stackPolicy } from './state.ts'
import { fetchText } from './template-source.ts'

/** Which resources of a stack its updates may touch. A policy can be replaced, not removed. */
export const policies = operations<Api>()({
  SetStackPolicy: {
    authorize: (input, ctx, tx) => onStack('SetStackPolicy', input.StackName, input, ctx, tx),
    async call({ StackName, StackPolicyBody, StackPolicyURL }, ctx) {
      const text = await policyText(StackPolicyBody, StackPolicyURL, ctx)
      if (text === undefined) throw invalid('Either StackPolicyBody or StackPolicyURL must be specified.')
      await ctx.write(async (tx) => tx.set(stackPolicy((await liveStack(tx, StackName)).uuid), { text }))
      return {}
    },
  },

  GetStackPolicy: {
    authorize: ({ StackName }, ctx, tx) => onStack('GetStackPolicy', StackName, {}, ctx, tx),
    async read(tx, { StackName }) {
      const of = await stackOf(tx, StackName, `Stack [${StackName}] does not exist`)
      return { StackPolicyBody: (await tx.get(stackPolicy(of.uuid)))?.text }
    },
  },
})

/** A policy given as text or as the URL of an object, checked. Undefined when neither is given. */
export async function policyText(
  body: string | undefined,
  url: string | undefined,
  ctx: Ctx,
): Promise<string | undefined> {
  if (body !== undefined && url !== undefined)
    throw invalid('You cannot specify both StackPolicyBody and StackPolicyURL')
  const text = url === undefined ? body : await fetchText(url, ctx)
  if (text !== undefined) readStackPolicy(text)
  return text
}
