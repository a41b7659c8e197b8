import { isMap, own, type ValueMap } from '../value.ts'
import type { Declared, Output } from './output.ts'

/** What is made for functions and has tags. */
const tagged = ['AWS::Lambda::Function', 'AWS::IAM::Role', 'AWS::SQS::Queue', 'AWS::SNS::Topic', 'AWS::S3::Bucket']

/**
 * With PropagateTags, everything that is made for a function, or was changed for it since `before`, has the function's
 * tags and no others; implicit APIs of its events have them besides their own.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-propagatetags
 */
export function propagateTags({ properties }: Declared, before: ReadonlyMap<string, ValueMap>, out: Output): void {
  const tags = own(properties, 'Tags')
  if (!isTrue(own(properties, 'PropagateTags')) || !isMap(tags) || Object.keys(tags).length === 0) return
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  for (const [id, resource] of out.resources) {
    if (before.get(id) === resource || !tagged.some((type) => type === own(resource, 'Type'))) continue
    const settings = own(resource, 'Properties')
    out.resources.set(id, { ...resource, Properties: { ...(isMap(settings) ? settings : {}), Tags } })
  }
}

/** The tags that an implicit API has of the functions whose events are its routes. */
export function tagsOfRoutes(api: string, declared: ReadonlyMap<string, Declared>, out: Output): ValueMap {
  const all: Record<string, ValueMap[string]> = {}
  for (const functionId of new Set(out.routes.get(api)?.map((route) => route.functionId))) {
    const properties = declared.get(functionId)?.properties ?? {}
    const tags = own(properties, 'Tags')
    if (isTrue(own(properties, 'PropagateTags')) && isMap(tags)) Object.assign(all, tags)
  }
  return all
}

const isTrue = (value: unknown): boolean => value === true || value === 'true'
