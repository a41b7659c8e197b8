import type { Ctx } from '../../kernel/context.ts'
import type { OutputFor } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { describeDurable } from './durable/settings.ts'
import { describeEnvironment } from './environment.ts'
import { describeState } from './function-states.ts'
import { imageConfigOf } from './images.ts'
import { type FunctionName, functionArn } from './names.ts'
import type { Configuration } from './state.ts'

/**
 * A version as the API shows it. `name.qualifier` goes into its ARN; `version` is its number or `$LATEST`.
 * https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
 */
export async function describe(
  ctx: Pick<Ctx, 'host' | 'principal'>,
  name: FunctionName,
  version: string,
  { logging, ...config }: Configuration,
): Promise<OutputFor<Api, 'GetFunctionConfiguration'>> {
  return {
    FunctionName: name.name,
    FunctionArn: functionArn(name),
    Runtime: config.runtime || undefined,
    Role: config.role,
    Handler: config.handler || undefined,
    CodeSize: config.code.sizeBytes,
    Description: config.description,
    Timeout: config.timeoutSec,
    MemorySize: config.memoryMb,
    LastModified: new Date(config.modifiedAtMs).toISOString().replace('Z', '+0000'),
    CodeSha256: config.code.sha256 || undefined,
    Version: version,
    Environment: await describeEnvironment(ctx, name, config),
    TracingConfig: { Mode: config.tracing },
    DeadLetterConfig: config.deadLetterArn === undefined ? undefined : { TargetArn: config.deadLetterArn },
    KMSKeyArn: config.kmsKeyArn,
    Layers: config.layers?.map(({ arn, code }) => ({ Arn: arn, CodeSize: code.sizeBytes })),
    VpcConfig: config.network && {
      SubnetIds: [...config.network.subnetIds],
      SecurityGroupIds: [...config.network.groupIds],
      VpcId: config.network.vpcId,
      Ipv6AllowedForDualStack: false,
    },
    RevisionId: config.revisionId,
    ...describeState(config),
    PackageType: config.image ? 'Image' : 'Zip',
    ImageConfigResponse: config.image && imageConfigOf(config.image),
    Architectures: [config.architecture],
    EphemeralStorage: { Size: config.ephemeralStorageMb },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: {
      LogFormat: logging.format,
      ApplicationLogLevel: logging.applicationLevel,
      SystemLogLevel: logging.systemLevel,
      LogGroup: logGroupOf(name.name, logging),
    },
    DurableConfig: config.durable && describeDurable(config.durable),
  }
}

export function logGroupOf(name: string, logging: Configuration['logging']): string {
  return logging.group ?? `/aws/lambda/${name}`
}
