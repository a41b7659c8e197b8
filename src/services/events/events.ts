import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { MessageTarget } from '../../kernel/events.ts'
import type { Host } from '../../kernel/host.ts'
import { accept } from './accept.ts'
import { busArn, findBus, invalid, parseBus } from './names.ts'

/** A bus as a target of the rules of another: it gets the event as it is. Throws ResourceNotFoundException. */
export async function messageTarget(arn: string, host: Host): Promise<MessageTarget> {
  const parsed = parseArn(arn)
  if (!parsed?.resource.startsWith('event-bus/')) throw invalid(`${arn.slice(0, 300)} is no event bus.`)
  const { name, scope } = parseBus(arn, { account: '', region: '' })
  await host.records.read(scope, (tx) => findBus(tx, name))
  return {
    arn,
    async send(tx, { body }, principal) {
      const home = tx.in(scope)
      const { policy } = await findBus(home, name)
      const event = JSON.parse(body) as Readonly<Record<string, unknown>>
      const request = {
        action: 'events:PutEvents',
        resource: busArn(scope, name),
        resourcePolicy: policy,
        context: { 'events:source': String(event.source), 'events:detail-type': String(event['detail-type']) },
      }
      await host.authorize(principal, [request], {}, home)
      if (typeof event.id !== 'string') throw awsError('InvalidParameterValue', 'What a bus is sent is an event.')
      await accept(home, name, event, host, { relayed: true, origin: { callerAccount: String(event.account) } })
    },
  }
}
