import { parseArn } from '../../kernel/arn.ts'
import type { CallOptions, FunctionTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { acceptEvent } from './async-events.ts'
import { notFound } from './errors.ts'
import { execute } from './execute.ts'
import { findVersion } from './find.ts'
import { checkPayload, drawOf, payloadLimits } from './invoke.ts'
import { nameOfArn } from './names.ts'

/**
 * A function as something to call: by an API, a rule, a destination. Who calls needs lambda:InvokeFunction, a service
 * by the function's policy, with what it calls for as `aws:SourceArn`.
 */
export async function functionTarget(arn: string, host: Host): Promise<FunctionTarget> {
  const name = nameOfArn(arn)
  if (!name) throw notFound(`${arn} is not the ARN of a function.`)
  await host.records.read(name.scope, (tx) => findVersion(tx, name))
  return {
    arn,
    async call(payload, options) {
      checkPayload(payload, payloadLimits.syncBytes)
      const requestId = host.ids.uuid()
      const found = await host.records.read(name.scope, async (tx) => {
        await authorize(tx, host, arn, options)
        return findVersion(tx, name, drawOf(requestId))
      })
      const outcome = await execute(host, found, { requestId, payload, signal: options.signal })
      return { payload: outcome.payload, requestId, ...(outcome.error === undefined ? {} : { error: outcome.error }) }
    },
    async accept(tx, payload, options) {
      checkPayload(payload, payloadLimits.asyncBytes)
      const home = tx.in(name.scope)
      await authorize(home.snapshot, host, arn, options)
      await acceptEvent(home, host, await findVersion(home.snapshot, name), { payload, requestId: host.ids.uuid() })
    },
  }
}

function authorize(
  tx: ReadTx,
  host: Host,
  arn: string,
  { principal, sourceArn, sourceAccount }: CallOptions,
): Promise<void> | undefined {
  const account = sourceAccount ?? (sourceArn === undefined ? undefined : parseArn(sourceArn)?.account)
  return host.authorize(
    principal,
    [{ action: 'lambda:InvokeFunction', resource: arn }],
    {
      ...(sourceArn === undefined ? {} : { 'aws:SourceArn': sourceArn }),
      ...(account ? { 'aws:SourceAccount': account } : {}),
    },
    tx,
  )
}
