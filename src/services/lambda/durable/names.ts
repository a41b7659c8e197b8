import { parseArn } from '../../../kernel/arn.ts'
import type { Scope } from '../../../kernel/records.ts'
import { constraint, invalid } from '../errors.ts'
import { functionArn } from '../names.ts'
import type { Execution } from './state.ts'

export interface ExecutionName {
  readonly scope: Scope
  readonly functionName: string
  readonly version: string
  readonly name: string
  readonly id: string
}

const pattern =
  /^arn:[a-zA-Z0-9-]+:lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST|\d+)\/durable-execution\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)$/

/**
 * Reads the ARN of an execution. Throws ValidationException for anything else, also one of another partition: policies are
 * asked about the ARN as it was given, so that there must be one way to write it.
 */
export function readExecutionArn(arn: string): ExecutionName {
  const parts = arn.length <= 1024 && parseArn(arn) ? pattern.exec(arn) : undefined
  if (!parts) {
    throw constraint(arn, 'durableExecutionArn', 'Member must be the ARN of a durable execution')
  }
  const [, region = '', account = '', functionName = '', version = '', name = '', id = ''] = parts
  return { scope: { account, region }, functionName, version, name, id }
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
export function executionArn(scope: Scope, of: Pick<Execution, 'functionName' | 'version' | 'name' | 'id'>): string {
  return `${functionArn({ scope, name: of.functionName, qualifier: of.version })}/durable-execution/${of.name}/${of.id}`
}

/** What a token stands for: in Base64, as the API has it. */
const encode = (...parts: (string | number)[]) => Buffer.from(JSON.stringify(parts)).toString('base64')

function decode(token: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64').toString('utf8'))
    return Array.isArray(parts) ? parts : []
  } catch {
    // What does not parse was not made here.
    return []
  }
}

/** The token for an invocation's next checkpoint. Its id is drawn at random, so that nobody guesses one. */
export function checkpointToken(invocationId: string, checkpoints: number): string {
  return encode(invocationId, checkpoints)
}

/** Which checkpoint of which invocation a token is for; undefined for what is none. */
export function readCheckpointToken(token: string): { invocationId: string; checkpoints: number } | undefined {
  const [invocationId, checkpoints] = decode(token)
  if (typeof invocationId !== 'string' || typeof checkpoints !== 'number') return undefined
  return { invocationId, checkpoints }
}

export interface CallbackAddress {
  readonly executionArn: string
  readonly operationId: string
}

/** `secret` is drawn at random: who has the id was given it. */
export function callbackId({ executionArn, operationId }: CallbackAddress, secret: string): string {
  return encode(executionArn, operationId, secret)
}

/** Whose callback it is. Throws InvalidParameterValueException for what is no id of one. */
export function readCallbackId(id: string): CallbackAddress {
  const [arn, operationId] = decode(id)
  if (typeof arn !== 'string' || typeof operationId !== 'string' || !pattern.test(arn)) {
    throw invalid('Invalid callback id')
  }
  return { executionArn: arn, operationId }
}
