import { awsError } from '../../kernel/errors.ts'
import type { Outcome } from '../../kernel/functions.ts'
import type { WireRequest } from '../../kernel/http.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { acceptEvent } from './async-events.ts'
import { callDurable } from './durable/call.ts'
import { executionArn } from './durable/names.ts'
import { checkInvocable } from './durable/start.ts'
import { invalid, requestTooLarge, unsupported } from './errors.ts'
import { execute } from './execute.ts'
import { findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { readName } from './names.ts'

export const payloadLimits = { syncBytes: 6_291_456, asyncBytes: 1_048_576 } as const
/** Above this an event is not parsed ahead of the function, which parses it in any case. */
const parsedBytes = 262_144
export const emptyPayload = Buffer.from('{}')

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export const invoke = operations<Api>()({
  Invoke: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:InvokeFunction', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async call(input, ctx) {
      const { InvocationType = 'RequestResponse', Payload } = input
      if (input.TenantId !== undefined) throw unsupported('TenantId', 'leave it out.')
      const payload = Payload && Payload.byteLength > 0 ? Payload : emptyPayload
      checkPayload(payload, InvocationType === 'Event' ? payloadLimits.asyncBytes : payloadLimits.syncBytes)
      const clientContext = readClientContext(input.ClientContext)
      const name = readName(input.FunctionName, ctx.scope, input.Qualifier)
      const found = await ctx.read((tx) => findVersion(tx, name, drawOf(ctx.requestId)))
      const { DurableExecutionName: executionName } = input
      if (found.configuration.durable || executionName !== undefined) checkInvocable(found)
      if (InvocationType === 'DryRun') return { StatusCode: 204 }
      const request = { requestId: ctx.requestId, payload, traceId: traceOf(ctx.wire) }
      if (InvocationType === 'Event') {
        const started = await ctx.write((tx) =>
          acceptEvent(tx, ctx.host, found, { ...request, clientContext, ...(executionName && { executionName }) }),
        )
        return { StatusCode: 202, DurableExecutionArn: started && executionArn(name.scope, started) }
      }
      if (found.configuration.durable) {
        const { outcome, arn, version } = await callDurable(ctx.host, found, {
          ...{ ...request, name: executionName, signal: ctx.signal },
        })
        const answer = { StatusCode: 200, FunctionError: outcome.error, Payload: outcome.payload }
        return { ...answer, ExecutedVersion: version, DurableExecutionArn: arn }
      }
      const outcome = await execute(ctx.host, found, { ...request, clientContext })
      return {
        StatusCode: 200,
        FunctionError: outcome.error,
        LogResult: input.LogType === 'Tail' ? await logResult(outcome) : undefined,
        Payload: outcome.payload,
        ExecutedVersion: found.version,
      }
    },
  },
})

/** Throws unless the payload is JSON of at most `maxBytes`. */
export function checkPayload(payload: Uint8Array, maxBytes: number, operation = 'InvokeFunction'): void {
  if (payload.byteLength > maxBytes) throw requestTooLarge(maxBytes, operation)
  if (payload.byteLength > parsedBytes) return
  try {
    JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'))
  } catch (error) {
    throw awsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`,
      { members: { Type: 'User' } },
    )
  }
}

/** The log's tail for `LogType: Tail`, in Base64: up to the request's REPORT, which waits for its extensions. */
export async function logResult(outcome: Outcome): Promise<string> {
  const { tail } = (await outcome.finished) ?? outcome
  return Buffer.from(tail).toString('base64')
}

/** The client's context as JSON text. Throws unless it is an object in Base64 that is no larger than Lambda's. */
export function readClientContext(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const bytes = Buffer.from(text, 'base64')
  if (bytes.byteLength > 3583) throw invalid('The client context is larger than 3,583 bytes.')
  const json = bytes.toString('utf8')
  try {
    JSON.parse(json)
  } catch {
    throw awsError('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.', {
      members: { Type: 'User' },
    })
  }
  return json
}

/** An even draw from 0 to 1 for an alias that shares its requests, from the request's own (random) id. */
export function drawOf(requestId: string): number {
  return Number.parseInt(requestId.slice(0, 8), 16) / 0x1_0000_0000
}

/** The trace that a request belongs to. */
export function traceOf(wire: WireRequest | undefined): string | undefined {
  const value = wire?.headers['x-amzn-trace-id']
  return Array.isArray(value) ? value[0] : value
}
