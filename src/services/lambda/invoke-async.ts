import { type Body, operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { acceptEvent } from './async-events.ts'
import { requestTooLarge } from './errors.ts'
import { findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { checkPayload, drawOf } from './invoke.ts'
import { readName } from './names.ts'

/** Never raised to the 1 MB of Invoke. */
const mostBytes = 262_144

/** The way to send an event before Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html */
export const invokeAsync = operations<Api>()({
  InvokeAsync: {
    authorize: ({ FunctionName }, ctx) => [{ action: 'lambda:InvokeAsync', resource: arnOf(FunctionName, ctx) }],
    async call({ FunctionName, InvokeArgs }, ctx) {
      const payload = await read(InvokeArgs)
      checkPayload(payload, mostBytes)
      const name = readName(FunctionName, ctx.scope)
      const found = await ctx.read((tx) => findVersion(tx, name, drawOf(ctx.requestId)))
      await ctx.write((tx) => acceptEvent(tx, ctx.host, found, { payload, requestId: ctx.requestId }))
      return { Status: 202 }
    },
  },
})

async function read(body: Body): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw requestTooLarge(mostBytes, 'InvokeAsync')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
