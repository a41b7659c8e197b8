import { defineService } from '../../kernel/service.ts'
import { aliases } from './aliases.ts'
import type { Api } from './api.ts'
import { codeSigning } from './code-signing.ts'
import { concurrency } from './concurrency.ts'
import { ensureDownloadKey } from './download.ts'
import { callbacks } from './durable/callbacks.ts'
import { checkpoints } from './durable/checkpoint.ts'
import { executions } from './durable/executions.ts'
import { history } from './durable/history.ts'
import { entrance } from './entrance.ts'
import { eventInvokeConfigs } from './event-invoke-configs.ts'
import { functionTarget } from './events.ts'
import { excluded } from './excluded.ts'
import { functions } from './functions.ts'
import { invoke } from './invoke.ts'
import { invokeAsync } from './invoke-async.ts'
import { invokeStream } from './invoke-stream.ts'
import { jobs } from './jobs.ts'
import { layerPolicies } from './layer-policies.ts'
import { layers } from './layers.ts'
import { mappings } from './mappings.ts'
import model from './model.json' with { type: 'json' }
import { policies, resourcePolicy } from './policies.ts'
import { provisionedConcurrency } from './provisioned.ts'
import { recursion } from './recursion.ts'
import { resourcePolicies } from './resource-policies.ts'
import { resources } from './resources.ts'
import { runtimeManagement } from './runtime-management.ts'
import { signedCode } from './signed-code.ts'
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
    ...provisionedConcurrency,
    ...invoke,
    ...invokeStream,
    ...eventInvokeConfigs,
    ...mappings,
    ...layers,
    ...layerPolicies,
    ...urlConfigs,
    ...codeSigning,
    ...signedCode,
    ...resourcePolicies,
    ...recursion,
    ...runtimeManagement,
    ...invokeAsync,
    ...checkpoints,
    ...callbacks,
    ...executions,
    ...history,
    ...tags,
  },
  planned: [],
  excluded,
  inert: {
    'CreateFunction.Architectures': 'Stored and returned; functions run on the architecture of the node.',
    'CreateFunction.EphemeralStorage':
      'Bounds /tmp in a sandbox (see landfall doctor); without one /tmp is as large as the disk.',
    'CreateFunction.TracingConfig':
      'Decides Sampled of the trace header (with Active every request that nobody decided on is sampled, not one a second and 5 %); traces are not recorded.',
    'CreateEventSourceMapping.ProvisionedPollerConfig':
      'Stored and returned; a queue is read when messages come, not by a number of pollers, so that none are kept and none are bounded.',
    'CreateCodeSigningConfig.AllowedPublishers':
      'Stored and returned; nothing here signs packages, so that no publisher’s signature can be met.',
    'PutRuntimeManagementConfig.UpdateRuntimeOn':
      'Stored and returned (not Manual); a runtime changes when the node’s does.',
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
