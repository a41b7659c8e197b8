import { isAwsError } from '../kernel/errors.ts'
import { dependencyGraph } from './graph.ts'
import { evaluate } from './intrinsics.ts'
import { templateNames } from './names.ts'
import { openOutputs } from './outputs.ts'
import { resolveParameters } from './parameters.ts'
import { parseTemplate } from './parse.ts'
import { checkReferences } from './references.ts'
import { checkRules } from './rules.ts'
import { readTemplate } from './template.ts'
import { refuseExtensions } from './transforms/language-extensions.ts'
import { Unresolved } from './value.ts'

const open = { ref: (id: string) => new Unresolved([id]), getAtt: (id: string) => new Unresolved([id]) }
const made = { ref: (id: string) => `${id}-id`, getAtt: (id: string, name: string) => `${id}.${name}` }

/** All that is done with a template's text before anything is made of it. */
async function prepared(text: string): Promise<void> {
  const root = parseTemplate(text)
  refuseExtensions(root)
  const template = readTemplate(root)
  checkReferences(template)
  const parameters = await resolveParameters(template.parameters, [], undefined, async () => true)
  checkRules(template.rules, { declared: template.parameters, values: parameters })
  for (const resources of [open, made]) {
    const names = templateNames(
      template,
      {
        account: '000000000000',
        region: 'eu-west-1',
        stackId: 'arn:aws:cloudformation:eu-west-1:000000000000:stack/s/1',
        stackName: 's',
        notificationArns: [],
        parameters,
        exported: (name) => (name === 'shared' ? 'imported' : undefined),
      },
      resources,
    )
    dependencyGraph(template, names.condition)
    for (const { properties } of Object.values(template.resources)) evaluate(properties, names)
    openOutputs(template, names)
  }
}

/** Accepted, or refused with ValidationError; anything else is a defect. Answers the refusal's message. */
export async function refusal(text: string): Promise<string | undefined> {
  try {
    await prepared(text)
    return undefined
  } catch (error) {
    if (!isAwsError(error, 'ValidationError')) throw error
    return error.message
  }
}
