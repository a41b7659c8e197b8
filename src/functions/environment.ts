import type { FunctionSpec } from '../kernel/functions.ts'
import { layerEnvironment, rubyEnvironment } from './layers.ts'

/** Names that only Lambda sets: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
export const reservedVariables: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
])

/** What a program has before it belongs to a function: nothing of the node's own environment. */
export const baseEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/bin',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
}

export interface Surroundings {
  readonly taskRoot: string
  /** Where layers are seen; absent when there are none to be seen. */
  readonly layersRoot?: string | undefined
  readonly runtimeDir: string
  readonly logStream: string
  readonly endpoint: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
}

/** The variables of an instance, Lambda's over the function's own. */
export function functionEnvironment(spec: FunctionSpec, around: Surroundings): Record<string, string> {
  return {
    // The SDKs find us by it; a function that names an endpoint of its own keeps it.
    AWS_ENDPOINT_URL: around.endpoint,
    ...(around.layersRoot !== undefined && layerEnvironment(spec, around.layersRoot, around.taskRoot)),
    ...rubyEnvironment(spec.runtime, around.taskRoot, around.layersRoot),
    ...spec.environment,
    ...(!spec.image && { _HANDLER: spec.handler }),
    AWS_REGION: spec.region,
    AWS_DEFAULT_REGION: spec.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.image ? 'Image' : spec.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: spec.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: spec.qualifier,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: spec.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: around.logStream,
    AWS_LAMBDA_LOG_FORMAT: spec.logFormat,
    ...(spec.logFormat === 'JSON' && { AWS_LAMBDA_LOG_LEVEL: spec.applicationLogLevel ?? 'INFO' }),
    AWS_LAMBDA_INITIALIZATION_TYPE: spec.provisionedFor === undefined ? 'on-demand' : 'provisioned-concurrency',
    AWS_ACCESS_KEY_ID: around.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: around.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: around.credentials.sessionToken,
    LAMBDA_TASK_ROOT: around.taskRoot,
    LAMBDA_RUNTIME_DIR: around.runtimeDir,
  }
}
