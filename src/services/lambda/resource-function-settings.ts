import { isDeepStrictEqual } from 'node:util'
import type { ResourceCtx } from '../../kernel/resource.ts'

/** Properties of a function that have operations of their own. */
export interface OwnSettings {
  CodeSigningConfigArn?: string
  RecursiveLoop?: string
  ReservedConcurrentExecutions?: number
  RuntimeManagementConfig?: { UpdateRuntimeOn: string; RuntimeVersionArn?: string }
}

type Put = (FunctionName: string, props: OwnSettings, rx: ResourceCtx) => Promise<unknown>

/** How each is set to what the template says, or back to what it is without. In the order in which they are. */
const puts: Readonly<Record<keyof OwnSettings, Put>> = {
  CodeSigningConfigArn: (FunctionName, { CodeSigningConfigArn }, rx) =>
    CodeSigningConfigArn === undefined
      ? rx.invoke('lambda:DeleteFunctionCodeSigningConfig', { FunctionName })
      : rx.invoke('lambda:PutFunctionCodeSigningConfig', { FunctionName, CodeSigningConfigArn }),
  RecursiveLoop: (FunctionName, { RecursiveLoop = 'Terminate' }, rx) =>
    rx.invoke('lambda:PutFunctionRecursionConfig', { FunctionName, RecursiveLoop }),
  RuntimeManagementConfig: (FunctionName, { RuntimeManagementConfig = { UpdateRuntimeOn: 'Auto' } }, rx) =>
    rx.invoke('lambda:PutRuntimeManagementConfig', { FunctionName, ...RuntimeManagementConfig }),
  ReservedConcurrentExecutions: (FunctionName, { ReservedConcurrentExecutions }, rx) =>
    ReservedConcurrentExecutions === undefined
      ? rx.invoke('lambda:DeleteFunctionConcurrency', { FunctionName })
      : rx.invoke('lambda:PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions }),
}

/** Sets those of `which` that are not what they were. */
export async function putOwnSettings(
  functionName: string,
  props: OwnSettings,
  previous: OwnSettings,
  rx: ResourceCtx,
  which: readonly (keyof OwnSettings)[],
): Promise<void> {
  for (const name of which) {
    if (!isDeepStrictEqual(props[name], previous[name])) await puts[name](functionName, props, rx)
  }
}
