import { defineService } from '../../kernel/service.ts'
import { aliases } from './aliases.ts'
import type { Api } from './api.ts'
import { changeSets } from './change-sets.ts'
import { describingChangeSets } from './describe-change-set.ts'
import { describingEvents } from './describe-events.ts'
import { resourcesOfStacks } from './describe-resources.ts'
import { describing } from './describe-stacks.ts'
import { drifts } from './drift.ts'
import { endings } from './endings.ts'
import { entrance } from './entrance.ts'
import { excluded } from './excluded.ts'
import { exports_ } from './exports.ts'
import { extensions } from './extensions.ts'
import { scannedResources } from './generator/scanned.ts'
import { scans } from './generator/scans.ts'
import { templateViews } from './generator/template-views.ts'
import { generatedTemplates } from './generator/templates.ts'
import { hooks } from './hooks.ts'
import { jobs } from './jobs.ts'
import model from './model.json' with { type: 'json' }
import { policies } from './policies.ts'
import { refactorViews } from './refactor-views.ts'
import { refactors } from './refactors.ts'
import { resources } from './resources.ts'
import { signals } from './signals.ts'
import { describingInstances } from './stack-sets/describe-instances.ts'
import { describingOperations } from './stack-sets/describe-operations.ts'
import { describingSets } from './stack-sets/describe-sets.ts'
import { instances } from './stack-sets/instances.ts'
import { sets } from './stack-sets/sets.ts'
import { stacks } from './stacks.ts'
import { templates } from './templates.ts'
import { types } from './types.ts'

/** CloudFormation: stacks and change sets. The engine is in src/stacks. */
export const service = defineService<Api>()({
  id: 'cloudformation',
  model,
  operations: {
    ...stacks,
    ...endings,
    ...changeSets,
    ...describing,
    ...describingChangeSets,
    ...resourcesOfStacks,
    ...templates,
    ...exports_,
    ...policies,
    ...signals,
    ...drifts,
    ...types,
    ...sets,
    ...instances,
    ...describingSets,
    ...describingInstances,
    ...describingOperations,
    ...refactors,
    ...refactorViews,
    ...describingEvents,
    ...hooks,
    ...extensions,
    ...aliases,
    ...scans,
    ...scannedResources,
    ...generatedTemplates,
    ...templateViews,
  },
  planned: [],
  excluded,
  inert: {
    'ListTypeRegistrations.Type': 'There are no registrations that it could tell apart.',
    'ListTypeRegistrations.TypeName': 'There are no registrations that it could tell apart.',
    'ListTypeRegistrations.TypeArn': 'There are no registrations that it could tell apart.',
    'ListTypeRegistrations.RegistrationStatusFilter': 'There are no registrations that it could tell apart.',
    'ListTypeRegistrations.MaxResults': 'There are no registrations that it could tell apart.',
    '*.Parameters.ResolvedValue': 'Part of answers only: what is given is read from ParameterValue.',
    'CreateChangeSet.IncludeNestedStacks':
      'Stored and returned; a nested stack is one change, and those within it are not listed.',
    'CreateChangeSet.DeploymentConfig.Mode':
      'Stored and returned; a deployment ends as soon as its resources are ready.',
    'CreateStack.DeploymentConfig.Mode': 'A deployment ends as soon as its resources are ready, in either mode.',
    'UpdateStack.DeploymentConfig.Mode': 'A deployment ends as soon as its resources are ready, in either mode.',
    'DeleteStack.DeploymentConfig': 'A deletion ends as soon as its resources are gone, in either mode.',
    'RollbackStack.DeploymentConfig': 'A rollback ends as soon as its resources are ready, in either mode.',
    'GetTemplateSummary.TemplateSummaryConfig': 'Types that are not known are listed like the others, never an error.',
  },
  resources,
  jobs,
  entrance,
})
