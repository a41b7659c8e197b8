import { awsError } from '../../kernel/errors.ts'
import type { FoundResourceType } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import { invalid } from '../../stacks/value.ts'
import { onAnything } from './access.ts'
import type { Api } from './api.ts'
import { pageOfList } from './page.ts'
import { publishedSchema } from './published-schema.ts'

/**
 * The registry: resource types that templates can have here. All are AWS's own; none can be registered.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/registry.html
 */
export const types = operations<Api>()({
  ListTypes: {
    authorize: () => onAnything('ListTypes'),
    async call({ Visibility = 'PRIVATE', Type = 'RESOURCE', ...input }, ctx) {
      const { Category, TypeNamePrefix = '', PublisherId } = input.Filters ?? {}
      const ours =
        Type === 'RESOURCE' &&
        (Category === undefined ? Visibility === 'PUBLIC' : Category === 'AWS_TYPES') &&
        PublisherId === undefined &&
        input.DeprecatedStatus !== 'DEPRECATED'
      const found = ours ? [...(await ctx.host.resourceTypes())] : []
      const wanted = found
        .filter(([name]) => name.startsWith(TypeNamePrefix))
        .filter(([, type]) => input.ProvisioningType === undefined || provisioning(type) === input.ProvisioningType)
        .map(([name]) => name)
        .sort()
      const { page, NextToken } = pageOfList(wanted, input.NextToken, input.MaxResults ?? 100)
      return {
        TypeSummaries: page.map((TypeName) => ({
          Type: 'RESOURCE' as const,
          TypeName,
          TypeArn: arnOf(TypeName, ctx.region),
        })),
        NextToken,
      }
    },
  },

  DescribeType: {
    authorize: () => onAnything('DescribeType'),
    async call({ Type = 'RESOURCE', TypeName, Arn, VersionId, PublisherId, PublicVersionNumber }, ctx) {
      const name = Arn === undefined ? TypeName : nameOf(Arn)
      if (name === undefined) throw invalid('Either Arn, or Type and TypeName, must be specified.')
      // AWS's own types have no publisher to name, and here one version.
      const named = [VersionId, PublisherId, PublicVersionNumber].some((value) => value !== undefined)
      const found = Type === 'RESOURCE' && !named ? await ctx.host.resourceType(name) : undefined
      if (!found?.type) throw awsError('TypeNotFoundException', `The type '${name}' cannot be found.`)
      return {
        Arn: arnOf(name, ctx.region),
        Type: 'RESOURCE' as const,
        TypeName: name,
        Schema: JSON.stringify(publishedSchema(name, found)),
        ProvisioningType: provisioning(found),
        DeprecatedStatus: 'LIVE' as const,
        Visibility: 'PUBLIC' as const,
      }
    },
  },
})

function provisioning({ type }: FoundResourceType): 'FULLY_MUTABLE' | 'IMMUTABLE' {
  return type?.update ? 'FULLY_MUTABLE' : 'IMMUTABLE'
}

/** AWS's own types are of no account. */
export function arnOf(name: string, region: string): string {
  return `arn:aws:cloudformation:${region}::type/resource/${name.replaceAll('::', '-')}`
}

export function nameOf(arn: string): string | undefined {
  return /^arn:aws:cloudformation:[^:]*::type\/resource\/([A-Za-z0-9]+-[A-Za-z0-9]+-[A-Za-z0-9]+)$/
    .exec(arn)?.[1]
    ?.replaceAll('-', '::')
}
