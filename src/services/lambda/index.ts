import { defineService } from '../../kernel/service.ts'
import { aliases } from './aliases.ts'
import type { Api } from './api.ts'
import { concurrency } from './concurrency.ts'
import { ensureDownloadKey } from './download.ts'
import { entrance } from './entrance.ts'
import { eventInvokeConfigs } from './event-invoke-configs.ts'
import { functionTarget } from './events.ts'
import { functions } from './functions.ts'
import { invoke } from './invoke.ts'
import { jobs } from './jobs.ts'
import { layerPolicies } from './layer-policies.ts'
import { layers } from './layers.ts'
import { mappings } from './mappings.ts'
import model from './model.json' with { type: 'json' }
import { policies, resourcePolicy } from './policies.ts'
import { resources } from './resources.ts'
import { tags } from './tags.ts'
import { updates } from './updates.ts'
import { urlConfigs } from './url-configs.ts'
import { versions } from './versions.ts'

/** Lambda: functions, their versions and aliases, and what calls them. */
export const service = defineService<Api>()({
  id: 'lambda',
  model,
  operations: {
    ...functions,
    ...updates,
    ...versions,
    ...aliases,
    ...policies,
    ...concurrency,
    ...invoke,
    ...eventInvokeConfigs,
    ...mappings,
    ...layers,
    ...layerPolicies,
    ...urlConfigs,
    ...tags,
  },
  planned: [
    'CheckpointDurableExecution',
    'CreateCapacityProvider',
    'CreateCodeSigningConfig',
    'DeleteCapacityProvider',
    'DeleteCodeSigningConfig',
    'DeleteFunctionCodeSigningConfig',
    'DeleteProvisionedConcurrencyConfig',
    'DeleteResourcePolicy',
    'GetCapacityProvider',
    'GetCodeSigningConfig',
    'GetDurableExecution',
    'GetDurableExecutionHistory',
    'GetDurableExecutionState',
    'GetFunctionCodeSigningConfig',
    'GetFunctionRecursionConfig',
    'GetFunctionScalingConfig',
    'GetProvisionedConcurrencyConfig',
    'GetResourcePolicy',
    'GetRuntimeManagementConfig',
    'InvokeAsync',
    'InvokeWithResponseStream',
    'ListCapacityProviders',
    'ListCodeSigningConfigs',
    'ListDurableExecutionsByFunction',
    'ListFunctionVersionsByCapacityProvider',
    'ListFunctionsByCodeSigningConfig',
    'ListProvisionedConcurrencyConfigs',
    'PutFunctionCodeSigningConfig',
    'PutFunctionRecursionConfig',
    'PutFunctionScalingConfig',
    'PutProvisionedConcurrencyConfig',
    'PutResourcePolicy',
    'PutRuntimeManagementConfig',
    'SendDurableExecutionCallbackFailure',
    'SendDurableExecutionCallbackHeartbeat',
    'SendDurableExecutionCallbackSuccess',
    'StopDurableExecution',
    'UpdateCapacityProvider',
    'UpdateCodeSigningConfig',
  ],
  inert: {
    'CreateFunction.Architectures': 'Stored and returned; functions run on the architecture of the node.',
    'CreateFunction.EphemeralStorage':
      'Bounds /tmp in a sandbox (see landfall doctor); without one /tmp is as large as the disk.',
    'CreateFunction.KMSKeyArn':
      'Stored and returned; environment variables are sealed with the key of the data folder, there being no keys yet.',
    'CreateFunction.TracingConfig': 'Stored and returned; traces are not recorded yet.',
    'CreateFunction.SnapStart': 'Only None is taken; instances start in milliseconds.',
  },
  resources,
  jobs,
  resourcePolicy,
  events: { functionTarget },
  entrance,
  // A package of 50 MB, as base64 in JSON.
  maxBodyBytes: 71_000_000,
  start: ensureDownloadKey,
})
