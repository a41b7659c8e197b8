import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import { announce } from './announce.ts'
import type { Api } from './api.ts'
import { apiDestinations } from './api-destinations.ts'
import { dropArchived, trim } from './archive-jobs.ts'
import { archives } from './archives.ts'
import { buses } from './buses.ts'
import { authorizing } from './connection-token.ts'
import { connections } from './connections.ts'
import { deliver } from './deliver.ts'
import { messageTarget } from './events.ts'
import { excluded } from './excluded.ts'
import { httpTarget } from './http-target.ts'
import model from './model.json' with { type: 'json' }
import { ruleOfArn } from './names.ts'
import { permissions } from './permissions.ts'
import { puttingEvents } from './put-events.ts'
import { forgetReplay, replaying } from './replay-jobs.ts'
import { replays } from './replays.ts'
import { archiveResources } from './resource-archive.ts'
import { connectionResources } from './resource-connection.ts'
import { resources } from './resources.ts'
import { rules } from './rules.ts'
import { bus, rule } from './state.ts'
import { tags } from './tags.ts'
import { refusedParameters, targets } from './targets.ts'
import { tick } from './tick.ts'

/** EventBridge: buses and rules, by pattern and by schedule, archives and replays, connections and API destinations. Endpoints are not here yet. */
export const service = defineService<Api>()({
  id: 'events',
  model,
  operations: {
    ...puttingEvents,
    ...rules,
    ...targets,
    ...buses,
    ...permissions,
    ...archives,
    ...replays,
    ...tags,
    ...connections,
    ...apiDestinations,
  },
  planned: [],
  excluded,
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
    ...Object.fromEntries(
      ['CreateConnection', 'UpdateConnection'].flatMap((operation) =>
        ['InvocationConnectivityParameters', 'KmsKeyIdentifier', 'AuthParameters.ConnectivityParameters'].map(
          (name) => [`${operation}.${name}`, 'Refused by name.'],
        ),
      ),
    ),
    'PutEvents.Entries.TraceHeader': 'Accepted; there is no X-Ray to tell.',
  },
  resources: { ...resources, ...archiveResources, ...connectionResources },
  jobs: { deliver, tick, trim, dropArchived, replay: replaying, forgetReplay, authorize: authorizing },
  events: { messageTarget, httpTarget },
  announce,
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
