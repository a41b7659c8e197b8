import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { members } from '../../kernel/live-properties.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { adoptSecret } from './resource-reads.ts'
import { tokenOf } from './resource-token.ts'
import type { RotationRules } from './rotation-window.ts'

interface ScheduleProperties {
  readonly SecretId: string
  readonly RotationLambdaARN?: string
  readonly RotationRules?: RotationRules
  readonly RotateImmediatelyOnUpdate?: boolean
}

/**
 * The function and the schedule that a secret is rotated by. `HostedRotationLambda` is refused: its function is of a
 * template of AWS's.
 */
export const rotationSchedule = resource<ScheduleProperties>({
  properties: ['SecretId', 'RotationLambdaARN', 'RotationRules', 'RotateImmediatelyOnUpdate'],
  create: (props, rx) => rotate(props, rx),
  update: (_id, props, _previous, rx) => rotate(props, rx),
  async delete(id, _props, rx) {
    await rx.invoke('secretsmanager:CancelRotateSecret', { SecretId: id }).catch((error: unknown) => {
      if (!isAwsError(error, 'ResourceNotFoundException', 'InvalidRequestException')) throw error
    })
  },
  async read(id, { SecretId = id }, rx) {
    const found = await rx
      .invoke<{ RotationEnabled?: boolean }>('secretsmanager:DescribeSecret', { SecretId: id })
      .catch((error: unknown) => {
        if (!isAwsError(error, 'ResourceNotFoundException')) throw error
      })
    if (!found?.RotationEnabled) return undefined
    return { SecretId, ...members(found, ['RotationLambdaARN', 'RotationRules']) }
  },
  adopt: (id, rx) => adoptSecret(id, rx),
  list: listing('secretsmanager:ListSecrets', {
    items: 'SecretList',
    id: 'ARN',
    only: ({ RotationEnabled }) => RotationEnabled === true,
  }),
})

async function rotate(props: ScheduleProperties, rx: ResourceCtx) {
  const { SecretId, RotationLambdaARN, RotationRules, RotateImmediatelyOnUpdate } = props
  const { ARN } = await rx.invoke<{ ARN: string }>('secretsmanager:RotateSecret', {
    SecretId,
    ClientRequestToken: tokenOf(rx),
    ...(RotationLambdaARN !== undefined && { RotationLambdaARN }),
    ...(RotationRules && { RotationRules }),
    ...(RotateImmediatelyOnUpdate !== undefined && { RotateImmediately: RotateImmediatelyOnUpdate }),
  })
  return { id: ARN, attributes: { Id: ARN } }
}
