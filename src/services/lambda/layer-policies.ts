import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { constraint, invalid } from './errors.ts'
import { layerVersionArn, readLayerName } from './layer-names.ts'
import { findLayerVersion, versionArn } from './layers.ts'
import { addStatement, findPolicy, policyText, principalOf, removeStatement } from './policy-statements.ts'
import { layerPolicy } from './state.ts'

/** Which other accounts may use a layer version. */
export const layerPolicies = operations<Api>()({
  AddLayerVersionPermission: {
    authorize: ({ LayerName, VersionNumber }, ctx) => [
      { action: 'lambda:AddLayerVersionPermission', resource: versionArn(LayerName, VersionNumber, ctx) },
    ],
    async write(tx, input, ctx) {
      const name = { ...readLayerName(input.LayerName, ctx), version: input.VersionNumber }
      await findLayerVersion(tx, name)
      if (input.Action !== 'lambda:GetLayerVersion') {
        throw constraint(
          input.Action,
          'action',
          'Member must satisfy regular expression pattern: lambda:GetLayerVersion',
        )
      }
      if (!/^(?:\*|\d{12}|arn:[a-z-]+:iam::\d{12}:root)$/.test(input.Principal)) {
        throw invalid('The provided principal was invalid: give an account id, its root’s ARN or *.')
      }
      if (input.OrganizationId !== undefined && input.Principal !== '*') {
        throw invalid('When OrganizationId is given, the principal is *.')
      }
      const { statement, policy } = await addStatement(
        tx.in(name.scope),
        layerPolicy(name.name, name.version),
        input,
        {
          Effect: 'Allow',
          Principal: principalOf(input.Principal),
          Action: input.Action,
          Resource: layerVersionArn(name),
          ...(input.OrganizationId === undefined
            ? {}
            : { Condition: { StringEquals: { 'aws:PrincipalOrgID': input.OrganizationId } } }),
        },
        ctx.newId(),
      )
      return { Statement: JSON.stringify(statement), RevisionId: policy.revisionId }
    },
  },

  RemoveLayerVersionPermission: {
    authorize: ({ LayerName, VersionNumber }, ctx) => [
      { action: 'lambda:RemoveLayerVersionPermission', resource: versionArn(LayerName, VersionNumber, ctx) },
    ],
    async write(tx, input, ctx) {
      const { scope, name } = readLayerName(input.LayerName, ctx)
      await removeStatement(tx.in(scope), layerPolicy(name, input.VersionNumber), input, ctx.newId())
      return {}
    },
  },

  GetLayerVersionPolicy: {
    authorize: ({ LayerName, VersionNumber }, ctx) => [
      { action: 'lambda:GetLayerVersionPolicy', resource: versionArn(LayerName, VersionNumber, ctx) },
    ],
    async read(tx, { LayerName, VersionNumber }, ctx) {
      const name = { ...readLayerName(LayerName, ctx), version: VersionNumber }
      await findLayerVersion(tx, name)
      const found = await findPolicy(tx.in(name.scope), layerPolicy(name.name, name.version))
      return { Policy: policyText(found), RevisionId: found.revisionId }
    },
  },
})
