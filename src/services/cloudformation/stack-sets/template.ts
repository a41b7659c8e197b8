import type { Ctx } from '../../../kernel/context.ts'
import { type ParameterInput, resolveParameters } from '../../../stacks/parameters.ts'
import { checkReferences } from '../../../stacks/references.ts'
import { readDeclarations, readTemplate } from '../../../stacks/template.ts'
import { refuseExtensions } from '../../../stacks/transforms/language-extensions.ts'
import { declaredTransforms } from '../../../stacks/transforms/snippets.ts'
import { invalid } from '../../../stacks/value.ts'
import { checkCapabilities, checkExpansion } from '../capabilities.ts'
import { parseText } from '../parse-text.ts'
import { matches } from '../prepare.ts'
import type { Override, StackSet } from './state.ts'

/**
 * Checks the template of a set with its parameters, as far as that can be done before it is known where it goes. The
 * values that are given are kept; what is not given has the template's default in each stack.
 */
export async function readSetTemplate(
  text: string,
  given: readonly ParameterInput[],
  previous: Readonly<Record<string, string>> | undefined,
  capabilities: readonly string[],
  ctx: Ctx,
): Promise<Pick<StackSet, 'parameters' | 'noEcho' | 'declared'>> {
  const root = await parseText(text, ctx.host.workers)
  const transforms = declaredTransforms(root).length > 0
  if (transforms) checkExpansion(capabilities)
  else {
    refuseExtensions(root)
    const template = readTemplate(root)
    checkReferences(template)
    checkCapabilities(template, capabilities)
  }
  const { parameters: declared } = readDeclarations(root)
  // Transforms may declare more: what is given for those is looked at when they are applied.
  const known = transforms ? given.filter(({ ParameterKey: key = '' }) => Object.hasOwn(declared, key)) : given
  const values = await resolveParameters(declared, known, previous, (pattern, value) => matches(pattern, value, ctx))
  const unknown = given.filter((one) => !known.includes(one))
  return {
    parameters: Object.fromEntries([
      ...known.map(({ ParameterKey: key = '' }) => [key, values[key] ?? '']),
      ...unknown.map(({ ParameterKey: key = '', ParameterValue: value }) => [key, value ?? previous?.[key] ?? '']),
    ]),
    noEcho: Object.entries(declared).flatMap(([name, { noEcho }]) => (noEcho ? [name] : [])),
    declared: transforms ? undefined : Object.keys(declared),
  }
}

/** What is to be overridden; only parameters that the set's template has can be. Undefined when nothing is said. */
export function readOverrides(given: readonly ParameterInput[] | undefined, set: StackSet): Override[] | undefined {
  return given?.map(({ ParameterKey: key = '', ParameterValue: value, UsePreviousValue: previous }) => {
    if (set.declared && !set.declared.includes(key)) {
      throw invalid(`ParameterOverrides: [${key}] do not exist in the template of StackSet ${set.name}`)
    }
    if (previous ? value !== undefined : value === undefined) {
      throw invalid(`ParameterOverrides: ${key} must have either a ParameterValue or UsePreviousValue.`)
    }
    return { key, value }
  })
}
