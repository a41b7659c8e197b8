import type { Host } from '../kernel/host.ts'
import type { DeployedStage } from './state.ts'
import { type Asked, type Caller, substitute, variablesOf } from './variables.ts'

/** What came of a request, for its line in the access log. */
export interface Result {
  readonly status: number
  readonly length: number
  readonly latencyMs: number
  /** Of the integration: what it answered, and how long it took. */
  readonly integration?: { readonly status?: number | undefined; readonly latencyMs: number } | undefined
  readonly error?: { readonly message?: string | null | undefined; readonly type: string } | undefined
  readonly validation?: string | undefined
}

/**
 * Writes a stage's line for a request, in its format, to its log group. Lines are batched: a crash loses at most the
 * last ones. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export function logAccess(host: Host, stage: DeployedStage, asked: Asked, caller: Caller, result: Result): void {
  const { accessLog } = stage
  if (!accessLog) return
  const variables = variablesOf(asked, caller)
  const message = result.error?.message ?? undefined
  const context = {
    ...variables.context,
    status: result.status,
    responseLength: result.length,
    responseLatency: Math.round(result.latencyMs),
    'error.message': message,
    'error.messageString': message === undefined ? undefined : JSON.stringify(message),
    'error.responseType': result.error?.type,
    'error.validationErrorString': result.validation,
    integrationStatus: result.integration?.status,
    integrationLatency: result.integration && Math.round(result.integration.latencyMs),
    'integration.status': result.integration?.status,
    'integration.latency': result.integration && Math.round(result.integration.latencyMs),
  }
  const text = substitute(accessLog.format, { ...variables, context }, '-').trim()
  // What a client sent must not begin a line of its own.
  const line = text.replaceAll(/[\r\n]+/g, ' ')
  host.logs.append({ account: stage.account, region: stage.region }, accessLog.group, `${stage.apiId}/${stage.stage}`, [
    { atMs: asked.nowMs, message: line },
  ])
}
