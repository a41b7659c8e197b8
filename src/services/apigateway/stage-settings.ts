import { logGroupOf } from '../../gateway/log-group.ts'
import { badRequest } from './find.ts'
import { checked, escaped, type PatchOperation } from './patch.ts'
import type { AccessLogSettings, CanarySettings, MethodSettings, Stage } from './state.ts'

/** The setting of a method at the end of a patch path, and how its text is kept. */
const settings: Readonly<Record<string, (value: string, path: string) => MethodSettings>> = {
  'metrics/enabled': (value, path) => ({ metricsEnabled: flag(value, path) }),
  'logging/dataTrace': (value, path) => ({ dataTraceEnabled: flag(value, path) }),
  'logging/loglevel': (value) => {
    if (!['OFF', 'ERROR', 'INFO'].includes(value))
      throw badRequest(`Invalid logging level ${value}: must be OFF, ERROR or INFO.`)
    return { loggingLevel: value }
  },
  'throttling/rateLimit': (value, path) => ({ throttlingRateLimit: limit(value, path) }),
  'throttling/burstLimit': (value, path) => ({ throttlingBurstLimit: limit(value, path) }),
}
const removed: Readonly<Record<string, keyof MethodSettings>> = {
  'metrics/enabled': 'metricsEnabled',
  'logging/dataTrace': 'dataTraceEnabled',
  'logging/loglevel': 'loggingLevel',
  'throttling/rateLimit': 'throttlingRateLimit',
  'throttling/burstLimit': 'throttlingBurstLimit',
}
/** Settings there are and that are not honoured yet: refused by name. */
const refusedSettings = /^caching\//
const methodPath = /^\/(.+)\/(GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY|\*)(?:\/(\w+\/\w+))?$/

/** Applies those of the operations that are settings of methods (their path ends in `metrics/enabled`, …); answers the others too. */
export function patchMethodSettings(
  before: Stage['methodSettings'],
  operations: readonly PatchOperation[] | undefined,
): { methodSettings: Stage['methodSettings']; others: PatchOperation[] } {
  const next = new Map(Object.entries(before))
  const others: PatchOperation[] = []
  for (const operation of checked(operations)) {
    const { op, path, value } = operation
    const match = methodPath.exec(path)
    const [, resourcePath = '', httpMethod = '', setting] = match ?? []
    if (!match || resourcePath.startsWith('variables/')) {
      others.push(operation)
      continue
    }
    const key = `${resourcePath}/${httpMethod}`
    if (setting === undefined) {
      if (op !== 'remove') throw badRequest(`Invalid patch path '${path}' specified for op '${op}'.`)
      next.delete(key)
      continue
    }
    if (refusedSettings.test(setting))
      throw badRequest(`${setting} is not supported by Landfall yet: answers are not cached.`)
    const change = settings[setting]
    const name = removed[setting]
    if (!change || !name) throw badRequest(`Invalid patch path '${path}' specified for op '${op}'.`)
    const { [name]: _old, ...rest } = next.get(key) ?? {}
    next.set(key, op === 'remove' ? rest : { ...rest, ...change(value, path) })
  }
  return { methodSettings: Object.fromEntries(next), others }
}

/** The path under which all settings of a method are patched; `/` and the name of one stands behind it. */
export function settingsPath(resourcePath: string, httpMethod: string): string {
  const resource = resourcePath === '/*' || resourcePath === '*' ? '*' : escaped(resourcePath)
  return `/${resource}/${httpMethod}`
}

/** Throws BadRequestException unless it can be a stage's name. */
export function checkStageName(name: string): void {
  if (!/^[\w-]{1,128}$/.test(name)) throw badRequest('Stage name only allows a-zA-Z0-9_-, at most 128 characters.')
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html */
export function checkVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (Object.keys(variables).length > 100) throw badRequest('A stage can have at most 100 variables.')
  for (const [name, value] of Object.entries(variables)) {
    if (!/^\w{1,64}$/.test(name))
      throw badRequest(`Invalid stage variable name ${name.slice(0, 100)}: it can have letters, digits and _.`)
    if (!/^[\w.~:/?#&=,-]{0,512}$/.test(value))
      throw badRequest(`Invalid value of stage variable ${name}: it can have letters, digits and -._~:/?#&=,`)
  }
  return variables
}

function limit(value: string, path: string): number {
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(value)) throw badRequest(`Invalid value '${value}' for ${path}: must be a number.`)
  return Number(value)
}

function flag(value: string, path: string): boolean {
  if (!/^(true|false)$/i.test(value)) throw badRequest(`Invalid value '${value}' for ${path}: must be true or false.`)
  return value.toLowerCase() === 'true'
}

/** Access logs go to a log group, in a format of one line. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
export function checkAccessLog(given: AccessLogSettings | undefined): AccessLogSettings | undefined {
  if (!given || (given.destinationArn === undefined && given.format === undefined)) return undefined
  const { destinationArn, format } = given
  if (destinationArn !== undefined && logGroupOf(destinationArn) === undefined)
    throw badRequest(
      "Invalid ARN specified in the request. ARNs must start with 'arn:'; the destination of access logs must be a log group.",
    )
  if (format !== undefined && (format.length > 3_072 || !/\$context\.(requestId|extendedRequestId)\b/.test(format)))
    throw badRequest(
      'Access Log format must be single line new line delimited and contain, at least one of the following: $context.requestId, $context.extendedRequestId.',
    )
  return given
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html */
export function checkCanary(given: CanarySettings | undefined): CanarySettings | undefined {
  if (!given) return undefined
  const { percentTraffic = 0 } = given
  if (percentTraffic < 0 || percentTraffic > 100) throw badRequest('percentTraffic must be between 0 and 100.')
  if (given.useStageCache) throw badRequest('useStageCache is not supported by Landfall yet: answers are not cached.')
  return { ...given, stageVariableOverrides: checkVariables(given.stageVariableOverrides ?? {}) }
}
