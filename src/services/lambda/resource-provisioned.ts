import { awsError } from '../../kernel/errors.ts'
import { lookUntil } from '../../kernel/look-again.ts'
import type { ResourceCtx } from '../../kernel/resource.ts'

/** As `AWS::Lambda::Version` and `AWS::Lambda::Alias` have it. */
export interface ProvisionedConfig {
  ProvisionedConcurrentExecutions: number
}

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
  await lookUntil(rx, async () => {
    const { Status, StatusReason } = await rx.invoke<{ Status: string; StatusReason?: string }>(
      'lambda:GetProvisionedConcurrencyConfig',
      of,
    )
    if (Status === 'FAILED') {
      throw awsError('NotStabilized', `The provisioned concurrency of ${of.Qualifier} failed: ${StatusReason}`)
    }
    return Status !== 'IN_PROGRESS' || undefined
  })
}
