import type { Clients } from './clients.ts'
import { CliError } from './command.ts'
import { type Route, routes, type Template } from './routes.ts'

/** What stands on the node after a deployment. */
export interface Deployment {
  readonly stack: string
  readonly status: string
  readonly updatedAt: string | undefined
  readonly routes: readonly Route[]
  readonly functions: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
}

/** Reads a stack back from the node. Throws when there is none of that name. */
export async function deployment(clients: Clients, stack: string, endpoint: string): Promise<Deployment> {
  const client = await clients.cloudFormation()
  const found = await client.describeStacks({ StackName: stack }).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')) {
      throw new CliError(`There is no stack ${stack}.`, 'Deploy it first: landfall deploy', { cause: error })
    }
    throw error
  })
  const [template, physical] = await Promise.all([
    client.getTemplate({ StackName: stack }),
    physicalIds(clients, stack),
  ])
  const parsed = await parseTemplate(template.TemplateBody ?? '{}')
  const described = found.Stacks?.[0]
  return {
    stack,
    status: described?.StackStatus ?? 'UNKNOWN',
    updatedAt: (described?.LastUpdatedTime ?? described?.CreationTime)?.toISOString(),
    routes: routes(parsed, physical, endpoint),
    functions: Object.entries(parsed.Resources ?? {}).flatMap(([id, { Type }]) => {
      const name = Type === 'AWS::Lambda::Function' ? physical.get(id) : undefined
      return name === undefined ? [] : [name]
    }),
    outputs: Object.fromEntries(
      (described?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? '']),
    ),
  }
}

async function physicalIds(clients: Clients, stack: string): Promise<Map<string, string>> {
  const client = await clients.cloudFormation()
  const ids = new Map<string, string>()
  let NextToken: string | undefined
  do {
    const page = await client.listStackResources({ StackName: stack, ...(NextToken ? { NextToken } : {}) })
    for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId && PhysicalResourceId) ids.set(LogicalResourceId, PhysicalResourceId)
    }
    NextToken = page.NextToken
  } while (NextToken)
  return ids
}

/** A template as it was given: JSON from osls and CDK, YAML by hand. Of YAML's short forms only `!Ref` matters here. */
async function parseTemplate(body: string): Promise<Template> {
  if (body.trimStart().startsWith('{')) return JSON.parse(body)
  const { parse } = await import('yaml')
  const ref = { tag: '!Ref', resolve: (name: string) => ({ Ref: name }) }
  return parse(body, { customTags: [ref], logLevel: 'silent' })
}
