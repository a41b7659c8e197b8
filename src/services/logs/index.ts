import { parseArn } from '../../kernel/arn.ts'
import { defineService } from '../../kernel/service.ts'
import { accountPolicies } from './account-policies.ts'
import { anomalyDetectors } from './anomalies/detectors.ts'
import { anomalyFindings } from './anomalies/findings.ts'
import type { Api } from './api.ts'
import { dataProtection } from './data-protection.ts'
import { destinationName, destinationOf } from './destination-state.ts'
import { destinations } from './destinations.ts'
import { encryption } from './encryption.ts'
import { events } from './events.ts'
import { excluded } from './excluded.ts'
import { exportTasks } from './export-tasks.ts'
import { groups } from './groups.ts'
import { indexPolicies } from './index-policies.ts'
import { queryDefinitions } from './insights/definitions.ts'
import { lookupTables } from './insights/lookup-tables.ts'
import { queries } from './insights/queries.ts'
import { records } from './insights/records.ts'
import { scheduledQueries } from './insights/scheduled-queries.ts'
import { jobs } from './jobs.ts'
import { liveTail } from './live-tail.ts'
import { metricFilters } from './metric-filters.ts'
import model from './model.json' with { type: 'json' }
import { combinedPolicy, resourcePolicies } from './resource-policies.ts'
import { resources } from './resources.ts'
import { streams } from './streams.ts'
import { subscriptionFilters } from './subscription-filters.ts'
import { findTags, tags } from './tags.ts'
import { transformers } from './transformers.ts'
import { deliveries } from './vended/deliveries.ts'
import { deliveryDestinations } from './vended/destinations.ts'
import { destinationOfArn } from './vended/names.ts'
import { deliverySources } from './vended/sources.ts'
import { configurationTemplates } from './vended/templates.ts'

/** CloudWatch Logs, over the chunks that telemetry keeps. */
export const service = defineService<Api>()({
  id: 'logs',
  model,
  operations: {
    ...groups,
    ...streams,
    ...events,
    ...tags,
    ...subscriptionFilters,
    ...destinations,
    ...accountPolicies,
    ...metricFilters,
    ...resourcePolicies,
    ...liveTail,
    ...queries,
    ...queryDefinitions,
    ...records,
    ...exportTasks,
    ...encryption,
    ...transformers,
    ...dataProtection,
    ...lookupTables,
    ...scheduledQueries,
    ...indexPolicies,
    ...anomalyDetectors,
    ...anomalyFindings,
    ...deliverySources,
    ...deliveryDestinations,
    ...deliveries,
    ...configurationTemplates,
  },
  planned: [],
  excluded,
  inert: {
    'AssociateKmsKey.kmsKeyId': 'Stored and returned; log data is as encrypted as the disk of the data folder.',
    'CreateLogGroup.kmsKeyId': 'Stored and returned; log data is as encrypted as the disk of the data folder.',
    'CreateLogGroup.logGroupClass': 'Stored and returned; every class has every feature.',
    'CreateLogAnomalyDetector.kmsKeyId':
      'Stored and returned; what it finds is as encrypted as the disk of the data folder.',
    'CreateLookupTable.kmsKeyId': 'Stored and returned; the table is as encrypted as the disk of the data folder.',
    'UpdateLookupTable.kmsKeyId': 'Stored and returned; the table is as encrypted as the disk of the data folder.',
    'PutQueryDefinition.parameters': 'Stored and returned; StartQuery has no values for them.',
    'FilterLogEvents.interleaved':
      'Events always come in order of time over all streams, as they have in the real service since 2019.',
    'PutLogEvents.sequenceToken': 'Not needed and not looked at, as in the real service since 2023.',
  },
  resources,
  jobs,
  async resourcePolicy(tx, arn) {
    if (destinationName(arn) !== undefined) {
      const found = await destinationOf(tx, arn)
      return found && { policy: found.accessPolicy, tags: { ...found.tags } }
    }
    const vended = await destinationOfArn(tx, arn)
    if (vended) return { policy: vended.policy, tags: { ...vended.tags } }
    const { account = tx.scope.account, region = tx.scope.region } = parseArn(arn) ?? {}
    const home = tx.in({ account, region })
    return { policy: await combinedPolicy(home), tags: await findTags(home, arn) }
  },
  // A lookup table of 10 MB, or a batch of events of 1 MB, which may be escaped in JSON.
  maxBodyBytes: 22_000_000,
})
