import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { onAnything } from './access.ts'
import type { Api } from './api.ts'
import { badToken } from './page.ts'
import { arnOf, nameOf } from './types.ts'

/** What the registry says of extensions, of which a node has but AWS's own types: see excluded.ts. */
export const extensions = operations<Api>()({
  ListTypeVersions: {
    authorize: () => onAnything('ListTypeVersions'),
    async call({ Type = 'RESOURCE', TypeName, Arn, DeprecatedStatus, PublisherId, NextToken }, ctx) {
      if (NextToken !== undefined) throw badToken()
      const name = Arn === undefined ? TypeName : nameOf(Arn)
      const found =
        name === undefined || Type !== 'RESOURCE' || PublisherId !== undefined
          ? undefined
          : await ctx.host.resourceType(name)
      if (!found?.type || name === undefined)
        throw awsError('CFNRegistryException', `The type '${name ?? Arn}' cannot be found.`)
      if (DeprecatedStatus === 'DEPRECATED') return { TypeVersionSummaries: [] }
      // The one that this node has, which has no number.
      const only = { Type: 'RESOURCE' as const, TypeName: name, Arn: arnOf(name, ctx.region), IsDefaultVersion: true }
      return { TypeVersionSummaries: [only] }
    },
  },

  ListTypeRegistrations: {
    authorize: () => onAnything('ListTypeRegistrations'),
    read(_tx, { NextToken }) {
      if (NextToken !== undefined) throw badToken()
      return { RegistrationTokenList: [] }
    },
  },

  DescribeTypeRegistration: {
    authorize: () => onAnything('DescribeTypeRegistration'),
    read(_tx, { RegistrationToken }) {
      throw awsError('CFNRegistryException', `No registration has the token ${RegistrationToken}.`)
    },
  },

  DescribePublisher: {
    authorize: () => onAnything('DescribePublisher'),
    read(_tx, { PublisherId }) {
      const who = PublisherId === undefined ? 'This account is' : `${PublisherId} is`
      throw awsError('CFNRegistryException', `${who} not registered as a publisher of extensions.`)
    },
  },

  BatchDescribeTypeConfigurations: {
    authorize: () => onAnything('BatchDescribeTypeConfigurations'),
    read(_tx, { TypeConfigurationIdentifiers }) {
      const { TypeConfigurationArn, TypeConfigurationAlias, TypeArn, TypeName } =
        TypeConfigurationIdentifiers?.[0] ?? {}
      const which = TypeConfigurationArn ?? TypeConfigurationAlias ?? TypeArn ?? TypeName ?? ''
      throw awsError('TypeConfigurationNotFoundException', `There is no configuration of ${which}.`)
    },
  },
})
