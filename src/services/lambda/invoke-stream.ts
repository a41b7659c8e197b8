import type { Outcome } from '../../kernel/functions.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { unsupported } from './errors.ts'
import { findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { checkPayload, drawOf, emptyPayload, logResult, payloadLimits, readClientContext, traceOf } from './invoke.ts'
import { readName } from './names.ts'
import { type StreamedRun, startStreaming } from './streamed-run.ts'

/** An answer that came whole goes out in events of this size. */
const eventBytes = 1_048_576

/** https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html */
export const invokeStream = operations<Api>()({
  InvokeWithResponseStream: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:InvokeFunction', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async call(input, ctx) {
      if (input.TenantId !== undefined) throw unsupported('TenantId', 'leave it out.')
      const payload = input.Payload && input.Payload.byteLength > 0 ? input.Payload : emptyPayload
      checkPayload(payload, payloadLimits.syncBytes, 'InvokeWithResponseStream')
      const clientContext = readClientContext(input.ClientContext)
      const name = readName(input.FunctionName, ctx.scope, input.Qualifier)
      const found = await ctx.read((tx) => findVersion(tx, name, drawOf(ctx.requestId)))
      if (input.InvocationType === 'DryRun') return { StatusCode: 204 }
      const request = { requestId: ctx.requestId, payload, clientContext, traceId: traceOf(ctx.wire) }
      const run = await startStreaming(ctx.host, found, request, ctx.signal)
      return { StatusCode: 200, ExecutedVersion: found.version, EventStream: events(run, input.LogType === 'Tail') }
    },
  },
})

async function* events({ queue, outcome }: StreamedRun, withLog: boolean) {
  try {
    for await (const Payload of queue) yield { PayloadChunk: { Payload } }
    const done = await outcome
    if (!done.streamed && done.error === undefined) {
      for (let at = 0; at < done.payload.byteLength; at += eventBytes) {
        yield { PayloadChunk: { Payload: done.payload.subarray(at, at + eventBytes) } }
      }
    }
    yield { InvokeComplete: await completion(done, withLog) }
  } finally {
    queue.cancel()
  }
}

async function completion(outcome: Outcome, withLog: boolean) {
  const { error, payload } = outcome
  return {
    ErrorCode: error,
    ErrorDetails: error && Buffer.from(payload).toString('utf8'),
    LogResult: withLog ? await logResult(outcome) : undefined,
  }
}
