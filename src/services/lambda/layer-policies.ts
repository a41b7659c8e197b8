import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { conflict, constraint, invalid, notFound, revisionMismatch, unsupported } from './errors.ts'
import { layerVersionArn, readLayerName } from './layer-names.ts'
import { findLayerVersion, versionArn } from './layers.ts'
import { none, policyBytes, policyText } from './policies.ts'
import { layerPolicy, type Policy, type Statement } from './state.ts'

/** Which other accounts may use a layer version. */
export const layerPolicies = operations<Api>()({
  AddLayerVersionPermission: {
    authorize: ({ LayerName, VersionNumber }, ctx) => [
      { action: 'lambda:AddLayerVersionPermission', resource: versionArn(LayerName, VersionNumber, ctx) },
    ],
    async write(tx, input, ctx) {
      const name = { ...readLayerName(input.LayerName, ctx), version: input.VersionNumber }
      await findLayerVersion(tx, name)
      if (input.OrganizationId !== undefined) {
        throw unsupported('OrganizationId', 'accounts here belong to no organisation.')
      }
      if (input.Action !== 'lambda:GetLayerVersion') {
        throw constraint(
          input.Action,
          'action',
          'Member must satisfy regular expression pattern: lambda:GetLayerVersion',
        )
      }
      if (!/^[a-zA-Z0-9-_]{1,100}$/.test(input.StatementId)) {
        throw constraint(
          input.StatementId,
          'statementId',
          'Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)',
        )
      }
      const home = tx.in(name.scope)
      const key = layerPolicy(name.name, name.version)
      const before = await home.get(key)
      if (input.RevisionId !== undefined && input.RevisionId !== before?.revisionId) throw revisionMismatch()
      if (before?.statements.some(({ Sid }) => Sid === input.StatementId)) {
        throw conflict(
          `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        )
      }
      const statement: Statement = {
        Sid: input.StatementId,
        Effect: 'Allow',
        Principal: principalOf(input.Principal),
        Action: input.Action,
        Resource: layerVersionArn(name),
      }
      const next: Policy = { statements: [...(before?.statements ?? []), statement], revisionId: ctx.newId() }
      if (Buffer.byteLength(policyText(next)) > policyBytes) {
        const message = `The final policy size is bigger than the limit (${policyBytes}).`
        throw awsError('PolicyLengthExceededException', message, { members: { Type: 'User' } })
      }
      home.set(key, next)
      return { Statement: JSON.stringify(statement), RevisionId: next.revisionId }
    },
  },

  RemoveLayerVersionPermission: {
    authorize: ({ LayerName, VersionNumber }, ctx) => [
      { action: 'lambda:RemoveLayerVersionPermission', resource: versionArn(LayerName, VersionNumber, ctx) },
    ],
    async write(tx, { LayerName, VersionNumber, StatementId, RevisionId }, ctx) {
      const { scope, name } = readLayerName(LayerName, ctx)
      const home = tx.in(scope)
      const key = layerPolicy(name, VersionNumber)
      const before = await home.get(key)
      if (!before) throw notFound(none)
      if (RevisionId !== undefined && RevisionId !== before.revisionId) throw revisionMismatch()
      const statements = before.statements.filter(({ Sid }) => Sid !== StatementId)
      if (statements.length === before.statements.length) {
        throw notFound(`Statement ${StatementId} is not found in resource policy.`)
      }
      if (statements.length === 0) home.delete(key)
      else home.set(key, { statements, revisionId: ctx.newId() })
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
      const found = await tx.in(name.scope).get(layerPolicy(name.name, name.version))
      if (!found) throw notFound(none)
      return { Policy: policyText(found), RevisionId: found.revisionId }
    },
  },
})

function principalOf(text: string): Statement['Principal'] {
  if (text === '*') return '*'
  if (/^\d{12}$/.test(text)) return { AWS: `arn:aws:iam::${text}:root` }
  if (/^arn:aws:iam::\d{12}:root$/.test(text)) return { AWS: text }
  throw invalid('The provided principal was invalid: give an account id, its root’s ARN or *.')
}
