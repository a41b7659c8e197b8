import { parseArn } from '../../kernel/arn.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { boundsOfPage, pageOf } from '../../kernel/page-token.ts'
import type { Scope } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { type Destination, destination, destinationArn } from './destination-state.ts'
import { pageSize } from './find.ts'
import { checkPolicy } from './resource-policies.ts'
import { tryOut } from './subscriber.ts'
import { passedRole } from './subscription-input.ts'
import { checkTags } from './tags.ts'

/** Destinations: what subscription filters of other accounts name, and who may. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html */
export const destinations = operations<Api>()({
  PutDestination: {
    authorize: ({ destinationName, roleArn, tags }, ctx) => [
      {
        action: 'logs:PutDestination',
        resource: destinationArn(ctx.scope, destinationName),
        context: requestTags(tags),
      },
      passedRole(roleArn),
    ],
    async call({ destinationName: name, targetArn, roleArn, tags = {} }, ctx) {
      const target = parseArn(targetArn)
      if (!target || !['kinesis', 'firehose'].includes(target.service))
        throw invalid(`targetArn must be the ARN of a Kinesis stream or a Firehose: ${targetArn}`)
      checkTags(tags)
      // Loads the target's service, and shows that it is there and may be given events, before anything is written.
      const filter = { destinationArn: targetArn, roleArn, distribution: 'ByLogStream' as const }
      await tryOut({ host: ctx.host, scope: ctx.scope, sourceArn: destinationArn(ctx.scope, name), filter })
      const next = await ctx.write(async (tx) => {
        const before = await tx.get(destination(name))
        const createdAtMs = before?.createdAtMs ?? ctx.nowMs
        const made = { name, targetArn, roleArn, createdAtMs, accessPolicy: before?.accessPolicy }
        const next: Destination = { ...made, tags: { ...before?.tags, ...tags } }
        tx.set(destination(name), next)
        return next
      })
      return { destination: describe(next, ctx.scope) }
    },
  },

  PutDestinationPolicy: {
    authorize: ({ destinationName }, ctx) => [
      { action: 'logs:PutDestinationPolicy', resource: destinationArn(ctx.scope, destinationName) },
    ],
    async write(tx, { destinationName, accessPolicy, forceUpdate }) {
      if (forceUpdate)
        throw invalid('forceUpdate is not supported by Landfall: there are no organizations. Leave it out.')
      const found = await tx.get(destination(destinationName))
      if (!found) throw invalid(`The destination ${destinationName} does not exist.`)
      checkPolicy('accessPolicy', accessPolicy)
      tx.set(destination(destinationName), { ...found, accessPolicy })
      return {}
    },
  },

  DescribeDestinations: {
    authorize: () => [{ action: 'logs:DescribeDestinations', resource: '*' }],
    async read(tx, { DestinationNamePrefix: prefix = '', limit: asked, nextToken }, ctx) {
      const refused = () => invalid('The specified nextToken is invalid.')
      const bounds = nextToken === undefined ? { from: [prefix] } : boundsOfPage(nextToken, refused)
      const limit = pageSize(asked, 50)
      const found = tx.range(destination.between([], { ...bounds, to: [`${prefix}\u{10FFFF}`] }), { limit: limit + 1 })
      const { items, next } = await pageOf(found, limit, ({ key }) => key)
      return { destinations: items.map(({ value }) => describe(value, ctx.scope)), nextToken: next }
    },
  },

  DeleteDestination: {
    authorize: ({ destinationName }, ctx) => [
      { action: 'logs:DeleteDestination', resource: destinationArn(ctx.scope, destinationName) },
    ],
    async write(tx, { destinationName }) {
      if (!(await tx.get(destination(destinationName))))
        throw awsError('ResourceNotFoundException', 'The specified destination does not exist.')
      tx.delete(destination(destinationName))
      return {}
    },
  },
})

function describe({ name, targetArn, roleArn, accessPolicy, createdAtMs }: Destination, scope: Scope) {
  const arn = destinationArn(scope, name)
  return { destinationName: name, targetArn, roleArn, accessPolicy, arn, creationTime: createdAtMs }
}

function invalid(problem: string): Error {
  return awsError('InvalidParameterException', problem)
}
