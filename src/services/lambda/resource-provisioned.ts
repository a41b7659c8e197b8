import { awsError } from '../../kernel/errors.ts'
import type { ResourceCtx } from '../../kernel/resource.ts'

/** As `AWS::Lambda::Version` and `AWS::Lambda::Alias` have it. */
export interface ProvisionedConfig {
  ProvisionedConcurrentExecutions: number
}

const lookEveryMs = 500

/** Asks for the instances, and waits until they are there. */
export async function provision(
  of: { readonly FunctionName: string; readonly Qualifier: string },
  { ProvisionedConcurrentExecutions }: ProvisionedConfig,
  rx: ResourceCtx,
): Promise<void> {
  await rx.invoke('lambda:PutProvisionedConcurrencyConfig', {
    ...of,
    ProvisionedConcurrentExecutions: Number(ProvisionedConcurrentExecutions),
  })
  for (let atMs = rx.nowMs; ; atMs += lookEveryMs) {
    const { Status, StatusReason } = await rx.invoke<{ Status: string; StatusReason?: string }>(
      'lambda:GetProvisionedConcurrencyConfig',
      of,
    )
    if (Status === 'FAILED') {
      throw awsError('NotStabilized', `The provisioned concurrency of ${of.Qualifier} failed: ${StatusReason}`)
    }
    if (Status !== 'IN_PROGRESS') return
    await rx.sleepUntil(atMs + lookEveryMs)
  }
}
