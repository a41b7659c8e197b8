import { isAwsError } from '../../kernel/errors.ts'
import { listing } from '../../kernel/listing.ts'
import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { resourceTags } from '../../kernel/resource-tags.ts'
import { mappingArn } from './names.ts'
import { defined, retag } from './resource-function.ts'
import { ignoreMissing, readEventInvokeConfig, readMapping, readPermission } from './resource-reads.ts'

interface PermissionProperties {
  Action: string
  FunctionName: string
  Principal: string
  EventSourceToken?: string
  FunctionUrlAuthType?: string
  InvokedViaFunctionUrl?: boolean
  PrincipalOrgID?: string
  SourceAccount?: string
  SourceArn?: string
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-permission.html */
export const permissionResource = resource<PermissionProperties>({
  properties: [
    ...(['Action', 'FunctionName', 'Principal', 'EventSourceToken', 'FunctionUrlAuthType'] as const),
    ...(['InvokedViaFunctionUrl', 'PrincipalOrgID', 'SourceAccount', 'SourceArn'] as const),
  ],
  async create(props, rx) {
    const StatementId = rx.name({ maxLength: 100 })
    await rx.invoke('lambda:AddPermission', { ...props, StatementId })
    return { id: StatementId, attributes: { Id: StatementId } }
  },
  async delete(StatementId, { FunctionName }, rx) {
    await rx.invoke('lambda:RemovePermission', { FunctionName, StatementId }).catch(ignoreMissing)
  },
  read: (id, props, rx) => readPermission(id, props, rx),
})

interface MappingProperties {
  FunctionName: string
  EventSourceArn?: string
  BatchSize?: number
  Enabled?: boolean
  FilterCriteria?: { Filters?: { Pattern?: string }[] }
  FunctionResponseTypes?: string[]
  MaximumBatchingWindowInSeconds?: number
  ScalingConfig?: { MaximumConcurrency?: number }
  ProvisionedPollerConfig?: { MinimumPollers?: number; MaximumPollers?: number; PollerGroupName?: string }
  StartingPosition?: string
  ParallelizationFactor?: number
  BisectBatchOnFunctionError?: boolean
  MaximumRetryAttempts?: number
  MaximumRecordAgeInSeconds?: number
  TumblingWindowInSeconds?: number
  DestinationConfig?: { OnFailure?: { Destination?: string } }
  Tags?: { Key: string; Value: string }[]
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventsourcemapping.html */
export const mappingResource = resource<MappingProperties>({
  properties: [
    ...(['FunctionName', 'EventSourceArn', 'BatchSize', 'Enabled', 'FilterCriteria'] as const),
    ...(['FunctionResponseTypes', 'MaximumBatchingWindowInSeconds', 'ScalingConfig', 'Tags'] as const),
    ...(['StartingPosition', 'ParallelizationFactor', 'BisectBatchOnFunctionError'] as const),
    ...(['MaximumRetryAttempts', 'MaximumRecordAgeInSeconds', 'TumblingWindowInSeconds'] as const),
    ...(['DestinationConfig', 'ProvisionedPollerConfig'] as const),
  ],
  async create(props, rx) {
    const made = await rx
      .invoke<{ UUID: string }>('lambda:CreateEventSourceMapping', { ...props, Tags: resourceTags(props.Tags, rx) })
      .catch(async (error: unknown) => {
        // Made by an attempt that was broken off before it could say so.
        const ours = isAwsError(error, 'ResourceConflictException') ? await findOurs(props, rx) : undefined
        if (ours === undefined) throw error
        return { UUID: ours }
      })
    return state(made.UUID, rx)
  },
  async update(id, props, previous, rx) {
    const ofStream = props.StartingPosition !== undefined
    await rx.invoke('lambda:UpdateEventSourceMapping', {
      UUID: id,
      FunctionName: props.FunctionName,
      BatchSize: props.BatchSize ?? (ofStream ? 100 : 10),
      Enabled: props.Enabled ?? true,
      MaximumBatchingWindowInSeconds: props.MaximumBatchingWindowInSeconds ?? 0,
      FunctionResponseTypes: props.FunctionResponseTypes ?? [],
      FilterCriteria: props.FilterCriteria ?? { Filters: [] },
      // What the other kind of source has goes along if it is given, to be refused by name.
      ParallelizationFactor: props.ParallelizationFactor ?? (ofStream ? 1 : undefined),
      BisectBatchOnFunctionError: props.BisectBatchOnFunctionError ?? (ofStream ? false : undefined),
      MaximumRetryAttempts: props.MaximumRetryAttempts ?? (ofStream ? -1 : undefined),
      MaximumRecordAgeInSeconds: props.MaximumRecordAgeInSeconds ?? (ofStream ? -1 : undefined),
      TumblingWindowInSeconds: props.TumblingWindowInSeconds ?? (ofStream ? 0 : undefined),
      DestinationConfig: props.DestinationConfig ?? (ofStream ? { OnFailure: {} } : undefined),
      ScalingConfig: props.ScalingConfig ?? (ofStream ? undefined : {}),
      ProvisionedPollerConfig: props.ProvisionedPollerConfig ?? (ofStream ? undefined : {}),
    })
    await retag(mappingArn({ account: rx.account, region: rx.region }, id), props, previous, rx)
    return state(id, rx)
  },
  async delete(id, _props, rx) {
    await rx.invoke('lambda:DeleteEventSourceMapping', { UUID: id }).catch(ignoreMissing)
  },
  read: (id, props, rx) => readMapping(id, props, rx),
  adopt: state,
  list: listing('lambda:ListEventSourceMappings', {
    items: 'EventSourceMappings',
    id: 'UUID',
    token: ['NextMarker', 'Marker'],
  }),
})

async function findOurs(props: MappingProperties, rx: ResourceCtx): Promise<string | undefined> {
  const { EventSourceMappings: found = [] } = await rx.invoke<{
    EventSourceMappings?: { UUID: string; StartingPosition?: string }[]
  }>(
    'lambda:ListEventSourceMappings',
    defined({ FunctionName: props.FunctionName, EventSourceArn: props.EventSourceArn }) as object,
  )
  const id = found[0]?.UUID
  // One that begins elsewhere is what was to be replaced: a function has one mapping of a source.
  if (id === undefined || found[0]?.StartingPosition !== props.StartingPosition) return undefined
  const Resource = mappingArn({ account: rx.account, region: rx.region }, id)
  const { Tags = {} } = await rx.invoke<{ Tags?: Record<string, string> }>('lambda:ListTags', { Resource })
  const same = (tag: string) => Tags[tag] !== undefined && Tags[tag] === rx.tags[tag]
  return same('aws:cloudformation:stack-id') && same('aws:cloudformation:logical-id') ? id : undefined
}

function state(id: string, rx: Pick<ResourceCtx, 'account' | 'region'>) {
  const EventSourceMappingArn = mappingArn({ account: rx.account, region: rx.region }, id)
  return { id, attributes: { Id: id, EventSourceMappingArn } }
}

interface EventInvokeConfigProperties {
  FunctionName: string
  Qualifier: string
  MaximumRetryAttempts?: number
  MaximumEventAgeInSeconds?: number
  DestinationConfig?: object
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-eventinvokeconfig.html */
export const eventInvokeConfigResource = resource<EventInvokeConfigProperties>({
  properties: ['FunctionName', 'Qualifier', 'MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig'],
  async create(props, rx) {
    await rx.invoke('lambda:PutFunctionEventInvokeConfig', props)
    return { id: `${props.FunctionName}|${props.Qualifier}` }
  },
  async update(id, props, _previous, rx) {
    // Put replaces all of it, so what was removed from the template goes back to the default.
    await rx.invoke('lambda:PutFunctionEventInvokeConfig', props)
    return { id }
  },
  async delete(_id, { FunctionName, Qualifier }, rx) {
    await rx.invoke('lambda:DeleteFunctionEventInvokeConfig', { FunctionName, Qualifier }).catch(ignoreMissing)
  },
  read: (_id, { FunctionName, Qualifier }, rx) => readEventInvokeConfig({ FunctionName, Qualifier }, rx),
})
