import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { buses } from './buses.ts'
import { deliver } from './deliver.ts'
import model from './model.json' with { type: 'json' }
import { ruleOfArn } from './names.ts'
import { permissions } from './permissions.ts'
import { puttingEvents } from './put-events.ts'
import { resources } from './resources.ts'
import { rules } from './rules.ts'
import { bus, rule } from './state.ts'
import { tags } from './tags.ts'
import { refusedParameters, targets } from './targets.ts'
import { tick } from './tick.ts'

/** EventBridge: buses and rules, by pattern and by schedule. Archives, connections, endpoints are not here yet. */
export const service = defineService<Api>()({
  id: 'events',
  model,
  operations: { ...puttingEvents, ...rules, ...targets, ...buses, ...permissions, ...tags },
  planned: [
    'ActivateEventSource',
    'CancelReplay',
    'CreateApiDestination',
    'CreateArchive',
    'CreateConnection',
    'CreateEndpoint',
    'CreatePartnerEventSource',
    'DeactivateEventSource',
    'DeauthorizeConnection',
    'DeleteApiDestination',
    'DeleteArchive',
    'DeleteConnection',
    'DeleteEndpoint',
    'DeletePartnerEventSource',
    'DescribeApiDestination',
    'DescribeArchive',
    'DescribeConnection',
    'DescribeEndpoint',
    'DescribeEventSource',
    'DescribePartnerEventSource',
    'DescribeReplay',
    'ListApiDestinations',
    'ListArchives',
    'ListConnections',
    'ListEndpoints',
    'ListEventSources',
    'ListPartnerEventSourceAccounts',
    'ListPartnerEventSources',
    'ListReplays',
    'PutPartnerEvents',
    'StartReplay',
    'UpdateApiDestination',
    'UpdateArchive',
    'UpdateConnection',
    'UpdateEndpoint',
  ],
  inert: {
    ...Object.fromEntries(
      refusedParameters.map((name) => [
        `PutTargets.Targets.${name}`,
        'Refused by name: for targets that are not here.',
      ]),
    ),
    'PutRule.RoleArn':
      'Stored and returned; functions and queues are reached by their policies, or by the role of the target.',
    'DeleteRule.Force': 'For rules that AWS services manage, of which there are none.',
    'RemoveTargets.Force': 'For rules that AWS services manage, of which there are none.',
    'PutEvents.Entries.TraceHeader': 'Accepted; there is no X-Ray to tell.',
  },
  resources,
  jobs: { deliver, tick },
  maxBodyBytes: 2_000_000,
  async resourcePolicy(tx, arn) {
    const parsed = parseArn(arn)
    if (!parsed) return undefined
    const home = tx.in({ account: parsed.account, region: parsed.region })
    const address = ruleOfArn(parsed.resource)
    if (address) {
      const found = await home.get(rule(address.bus, address.name))
      return found && { tags: { ...found.tags } }
    }
    const found = await home.get(bus(parsed.resource.replace(/^event-bus\//, '')))
    return found && { policy: found.policy, tags: { ...found.tags } }
  },
})
