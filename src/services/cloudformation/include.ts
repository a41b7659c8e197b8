import type { Ctx } from '../../kernel/context.ts'
import { invalid, type ValueMap } from '../../stacks/value.ts'
import { parseText } from './parse-text.ts'
import { objectText } from './template-source.ts'

/**
 * The transform AWS::Include: the members of an object in S3, read as the caller, beside those that are there.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
 */
export async function include(parameters: ValueMap, fragment: ValueMap, ctx: Ctx): Promise<ValueMap> {
  const fail = (what: string) => invalid(`Transform AWS::Include failed with: ${what}`)
  const { Location, ...others } = parameters
  const found = typeof Location === 'string' ? /^s3:\/\/([^/]+)\/(.+)$/s.exec(Location) : null
  if (!found || Object.keys(others).length > 0) {
    throw fail('The location parameter is not a valid S3 URI: its only parameter is Location, as s3://bucket/key.')
  }
  const text = await objectText({ bucket: found[1] ?? '', key: found[2] ?? '' }, ctx)
  const included = await parseText(text, ctx.host.workers)
  const twice = Object.keys(included).filter((name) => Object.hasOwn(fragment, name))
  if (twice.length > 0) throw fail(`${Location} has members that stand beside the transform: [${twice.join(', ')}].`)
  return { ...fragment, ...included }
}
