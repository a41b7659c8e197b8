import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import type { Api } from './api.ts'
import { dropArchived, trim } from './archive-jobs.ts'
import { archives } from './archives.ts'
import { buses } from './buses.ts'
import { deliver } from './deliver.ts'
import { messageTarget } from './events.ts'
import model from './model.json' with { type: 'json' }
import { ruleOfArn } from './names.ts'
import { permissions } from './permissions.ts'
import { puttingEvents } from './put-events.ts'
import { forgetReplay, replaying } from './replay-jobs.ts'
import { replays } from './replays.ts'
import { archiveResources } from './resource-archive.ts'
import { resources } from './resources.ts'
import { rules } from './rules.ts'
import { bus, rule } from './state.ts'
import { tags } from './tags.ts'
import { refusedParameters, targets } from './targets.ts'
import { tick } from './tick.ts'

/** EventBridge: buses and rules, by pattern and by schedule, archives and replays. Connections, endpoints are not here yet. */
export const service = defineService<Api>()({
  id: 'events',
  model,
  operations: { ...puttingEvents, ...rules, ...targets, ...buses, ...permissions, ...archives, ...replays, ...tags },
  planned: [
    'ActivateEventSource',
    'CreateApiDestination',
    'CreateConnection',
    'CreateEndpoint',
    'CreatePartnerEventSource',
    'DeactivateEventSource',
    'DeauthorizeConnection',
    'DeleteApiDestination',
    'DeleteConnection',
    'DeleteEndpoint',
    'DeletePartnerEventSource',
    'DescribeApiDestination',
    'DescribeConnection',
    'DescribeEndpoint',
    'DescribeEventSource',
    'DescribePartnerEventSource',
    'ListApiDestinations',
    'ListConnections',
    'ListEndpoints',
    'ListEventSources',
    'ListPartnerEventSourceAccounts',
    'ListPartnerEventSources',
    'PutPartnerEvents',
    'UpdateApiDestination',
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
    'CreateArchive.KmsKeyIdentifier': 'Refused by name.',
    'PutEvents.Entries.TraceHeader': 'Accepted; there is no X-Ray to tell.',
  },
  resources: { ...resources, ...archiveResources },
  jobs: { deliver, tick, trim, dropArchived, replay: replaying, forgetReplay },
  events: { messageTarget },
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
