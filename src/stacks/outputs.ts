import type { StackOutput } from './deployment.ts'
import { evaluate, type Names, noValue } from './intrinsics.ts'
import type { Template } from './template.ts'
import { invalid, Unresolved } from './value.ts'

const longestTogether = 300_000
/** What the name of an export may be. */
export const exportNames = /^[a-zA-Z0-9:-]{1,255}$/

/** The outputs whose condition holds, as text. Throws ValidationError for one that is not text, or an export's bad name. */
export function evaluateOutputs(template: Template, names: Names): StackOutput[] {
  const outputs = openOutputs(template, names).map((output) => {
    if (output.value instanceof Unresolved)
      throw invalid(`Template error: the value of output ${output.key} is not known`)
    return { ...output, value: output.value }
  })
  if (JSON.stringify(outputs).length > longestTogether) {
    throw invalid(
      `Template format error: the outputs of a stack may not exceed ${longestTogether} characters together.`,
    )
  }
  return outputs
}

/** The same, before everything is made: values may be open. */
export function openOutputs(
  template: Template,
  names: Names,
): (Omit<StackOutput, 'value'> & { value: string | Unresolved })[] {
  return Object.entries(template.outputs)
    .filter(([, { condition }]) => condition === undefined || names.condition(condition))
    .map(([key, { value, description, exportName }]) => {
      const result = evaluate(value, names)
      if (result === noValue || (typeof result === 'object' && !(result instanceof Unresolved))) {
        throw invalid(
          `Template format error: Output ${key} is malformed. The Value field of every Outputs member must evaluate to a String.`,
        )
      }
      const name = exportName === undefined ? undefined : evaluate(exportName, names)
      if (name !== undefined && (name === noValue || (typeof name !== 'string' && !(name instanceof Unresolved)))) {
        throw invalid(
          `Template format error: Output ${key} is malformed. The Name field of every Export member must evaluate to a String.`,
        )
      }
      if (typeof name === 'string' && !exportNames.test(name)) {
        throw invalid(
          `Template format error: Output ${key} is malformed. The Name field of Export must be 1 to 255 letters, digits, colons or hyphens, found '${name}'.`,
        )
      }
      return {
        key,
        value: result instanceof Unresolved ? result : String(result),
        ...(description === undefined ? {} : { description }),
        ...(typeof name === 'string' ? { exportName: name } : {}),
      }
    })
}
