import type { AccessRequest } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import type { Api } from './api.ts'
import { asking, locateLive, lookUp, secretArn } from './find.ts'
import { beginRotation, dropTest, endRotations, planRotation, unfinishedOf } from './rotation-plan.ts'
import { checkRules } from './rotation-window.ts'
import { type Located, type Rotation, version } from './state.ts'
import { current, store } from './versions.ts'

export const rotator = servicePrincipal('secretsmanager.amazonaws.com')

/** Having a function rotate a secret, at once and by a schedule. */
export const rotation = operations<Api>()({
  RotateSecret: {
    async authorize({ SecretId, RotationLambdaARN, RotationRules, RotateImmediately = true }, ctx, tx) {
      const rotating = await asking('RotateSecret', SecretId, ctx, tx, {
        'secretsmanager:RotateImmediately': RotateImmediately,
        'secretsmanager:ModifyRotationRules': RotationRules !== undefined,
        ...(RotationLambdaARN && { 'secretsmanager:RotationLambdaARN': RotationLambdaARN }),
      })
      const resource = RotationLambdaARN || (await lookUp(tx, SecretId))?.secret.rotation?.lambdaArn
      return resource ? [...rotating, { action: 'lambda:InvokeFunction', resource }] : rotating
    },
    async call(input, ctx) {
      for (const name of ['ExternalSecretRotationMetadata', 'ExternalSecretRotationRoleArn'] as const) {
        if (input[name] !== undefined) {
          throw awsError(
            'InvalidParameterException',
            `${name} is not supported by Landfall: there are no external secrets.`,
          )
        }
      }
      const { SecretId, RotationRules: rules, RotateImmediately = true } = input
      if (rules) checkRules(rules, ctx.nowMs)
      const seen = await ctx.read((tx) => locateLive(tx, SecretId))
      const lambdaArn = input.RotationLambdaARN || seen.secret.rotation?.lambdaArn
      if (!lambdaArn) {
        throw awsError('InvalidRequestException', 'No Lambda rotation function ARN is associated with this secret.')
      }
      await checkFunction(ctx.host, seen, lambdaArn)
      const versionId = input.ClientRequestToken ?? ctx.newId()
      const begun = await ctx.write(async (tx) => {
        const at = await locateLive(tx, SecretId)
        const home = tx.in(at.scope)
        const { name, rotation: before } = at.secret
        const answer = { ARN: secretArn(at.scope, at.secret), Name: name, VersionId: versionId }
        // The same request again: it is under way, or done.
        if (before?.running?.versionId === versionId || (before && at.secret.stages[current] === versionId))
          return answer
        const running = before?.running?.test ? undefined : before?.running
        const secret = before?.running?.test ? dropTest(home, at.secret) : at.secret
        const changed: Rotation = {
          ...secret.rotation,
          enabled: true,
          lambdaArn,
          rules: rules ?? before?.rules,
          ruledAtMs: rules || !before ? ctx.nowMs : before.ruledAtMs,
        }
        const set = { ...secret, rotation: changed }
        const unfinished = unfinishedOf(secret)
        if (unfinished !== undefined) {
          const next = running ? set : beginRotation(home, set, unfinished, ctx.host)
          store(home, at, next)
          return undefined
        }
        if (await home.get(version(name, versionId))) {
          throw awsError(
            'InvalidParameterException',
            `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${name}.`,
          )
        }
        const planned = planRotation(home, set, ctx.nowMs, ctx.host)
        store(home, at, beginRotation(home, planned, versionId, ctx.host, { test: !RotateImmediately }))
        return answer
      })
      if (!begun) {
        throw awsError(
          'InvalidRequestException',
          "A previous rotation isn't complete. That rotation will be reattempted.",
        )
      }
      return begun
    },
  },

  CancelRotateSecret: {
    authorize: ({ SecretId }, ctx, tx): Promise<AccessRequest[]> => asking('CancelRotateSecret', SecretId, ctx, tx),
    async write(tx, { SecretId }, ctx) {
      const at = await locateLive(tx, SecretId)
      const home = tx.in(at.scope)
      const { rotation: before } = at.secret
      const answer = { ARN: secretArn(at.scope, at.secret), Name: at.secret.name }
      if (!before) return answer
      const ended = endRotations(home, at.secret, ctx.host)
      store(home, at, { ...ended, rotation: ended.rotation && { ...ended.rotation, enabled: false } })
      return { ...answer, VersionId: before.running?.versionId }
    },
  },
})

/** Throws AccessDeniedException when there is no such function, or its policy lets the service not call it. */
async function checkFunction(host: Host, { secret, scope }: Located, lambdaArn: string): Promise<void> {
  const request = { action: 'lambda:InvokeFunction', resource: lambdaArn }
  const context = { 'aws:SourceArn': secretArn(scope, secret), 'aws:SourceAccount': scope.account }
  try {
    await host.functionTarget(lambdaArn)
    await host.records.read(scope, async (tx) => host.authorize(rotator, [request], context, tx))
  } catch (cause) {
    throw awsError(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
      { cause },
    )
  }
}
