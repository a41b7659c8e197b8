import { type ResourceCtx, resource } from '../../kernel/resource.ts'
import { removedTags, resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { badRequest } from './find.ts'
import { escaped, type PatchOperation } from './patch.ts'
import { ignoreMissing, readStage } from './resource-reads.ts'
import { settingsPath } from './stage-settings.ts'

interface MethodSetting {
  readonly HttpMethod?: string
  readonly ResourcePath?: string
  readonly [setting: string]: string | boolean | number | undefined
}
interface StageProperties {
  RestApiId: string
  StageName: string
  DeploymentId: string
  Description?: string
  Variables?: Record<string, string>
  TracingEnabled?: boolean
  MethodSettings?: readonly MethodSetting[]
  AccessLogSetting?: AccessLogSetting
  ClientCertificateId?: string
  CanarySetting?: CanarySetting
  DocumentationVersion?: string
  Tags?: TagProperty
}
interface AccessLogSetting {
  readonly DestinationArn?: string
  readonly Format?: string
}
interface CanarySetting {
  readonly DeploymentId?: string
  readonly PercentTraffic?: number
  readonly StageVariableOverrides?: Record<string, string>
  readonly UseStageCache?: boolean
}
/** A stage described inside of the deployment it is made for. */
export interface StageDescription {
  readonly Description?: string
  readonly Variables?: Record<string, string>
  readonly TracingEnabled?: boolean
  readonly MethodSettings?: readonly MethodSetting[]
  readonly Tags?: TagProperty
  readonly [name: string]: unknown
}

/** Settings of methods by name, with the end of their patch path. */
const settingNames: Readonly<Record<string, string>> = {
  MetricsEnabled: 'metrics/enabled',
  DataTraceEnabled: 'logging/dataTrace',
  LoggingLevel: 'logging/loglevel',
  ThrottlingBurstLimit: 'throttling/burstLimit',
  ThrottlingRateLimit: 'throttling/rateLimit',
  CachingEnabled: 'caching/enabled',
  CacheTtlInSeconds: 'caching/ttlInSeconds',
  CacheDataEncrypted: 'caching/dataEncrypted',
}

export const stageResource = resource<StageProperties>({
  properties: [
    'RestApiId',
    'StageName',
    'DeploymentId',
    'Description',
    'Variables',
    'TracingEnabled',
    'MethodSettings',
    'AccessLogSetting',
    'ClientCertificateId',
    'CanarySetting',
    'DocumentationVersion',
    'Tags',
  ],
  async create(props, rx) {
    const { RestApiId: restApiId, StageName: stageName } = props
    await rx.invoke('apigateway:CreateStage', {
      restApiId,
      stageName,
      deploymentId: props.DeploymentId,
      ...(props.Description !== undefined && { description: props.Description }),
      ...(props.Variables && { variables: props.Variables }),
      ...(props.TracingEnabled !== undefined && { tracingEnabled: props.TracingEnabled }),
      ...(props.DocumentationVersion !== undefined && { documentationVersion: props.DocumentationVersion }),
      tags: resourceTags(props.Tags, rx),
    })
    rx.created(stageName)
    const operations = [
      ...settingOperations(props.MethodSettings),
      ...accessLogOperations(props.AccessLogSetting),
      ...(props.ClientCertificateId === undefined ? [] : [certificateOperation(props)]),
      ...canaryOperations(props.CanarySetting),
    ]
    await patchStage(restApiId, stageName, operations, rx)
    return { id: stageName }
  },
  async update(id, props, previous, rx) {
    const operations: PatchOperation[] = [
      { op: 'replace', path: '/deploymentId', value: props.DeploymentId },
      { op: 'replace', path: '/description', value: props.Description ?? '' },
      certificateOperation(props),
      { op: 'replace', path: '/documentationVersion', value: props.DocumentationVersion ?? '' },
      { op: 'replace', path: '/tracingEnabled', value: String(props.TracingEnabled ?? false) },
      ...Object.keys(previous.Variables ?? {})
        .filter((name) => !Object.hasOwn(props.Variables ?? {}, name))
        .map((name) => ({ op: 'remove', path: `/variables/${escaped(name)}` })),
      ...Object.entries(props.Variables ?? {}).map(([name, value]) => ({
        op: 'replace',
        path: `/variables/${escaped(name)}`,
        value,
      })),
      ...(previous.MethodSettings ?? []).map(({ HttpMethod = '*', ResourcePath = '/*' }) => ({
        op: 'remove',
        path: settingsPath(ResourcePath, HttpMethod),
      })),
      ...settingOperations(props.MethodSettings),
      ...(previous.AccessLogSetting ? [{ op: 'remove', path: '/accessLogSettings' }] : []),
      ...accessLogOperations(props.AccessLogSetting),
      ...(previous.CanarySetting ? [{ op: 'remove', path: '/canarySettings' }] : []),
      ...canaryOperations(props.CanarySetting),
    ]
    await patchStage(props.RestApiId, id, operations, rx)
    await retag(`restapis/${props.RestApiId}/stages/${id}`, props.Tags, previous.Tags, rx)
    return { id }
  },
  async delete(id, { RestApiId }, rx) {
    await rx.invoke('apigateway:DeleteStage', { restApiId: RestApiId, stageName: id }).catch(ignoreMissing)
  },
  read: (id, { RestApiId }, rx) => readStage(RestApiId, id, rx),
})

function certificateOperation({ ClientCertificateId = '' }: StageProperties) {
  return { op: 'replace', path: '/clientCertificateId', value: ClientCertificateId }
}

/** What CreateDeployment is told of the stage. */
export function stageOfDeployment({ Description, Variables, TracingEnabled }: StageDescription) {
  return {
    ...(Description !== undefined && { stageDescription: Description }),
    ...(Variables && { variables: Variables }),
    ...(TracingEnabled !== undefined && { tracingEnabled: TracingEnabled }),
  }
}

/** What is set of a stage after the deployment that described it. Settings outside of MethodSettings are for all methods. */
export async function describeStage(
  restApiId: string,
  stageName: string,
  description: StageDescription,
  rx: ResourceCtx,
): Promise<void> {
  const { Description: _d, Variables: _v, TracingEnabled: _t, MethodSettings, Tags, ...forAll } = description
  const unknown = Object.keys(forAll).find((name) => settingNames[name] === undefined)
  if (unknown !== undefined) throw badRequest(`StageDescription.${unknown} is not supported by Landfall yet.`)
  const all = { ...forAll, HttpMethod: '*', ResourcePath: '/*' } as MethodSetting
  await patchStage(restApiId, stageName, settingOperations([all, ...(MethodSettings ?? [])]), rx)
  await retag(`restapis/${restApiId}/stages/${stageName}`, Tags, undefined, rx)
}

function settingOperations(given: readonly MethodSetting[] = []): { op: string; path: string; value: string }[] {
  return given.flatMap(({ HttpMethod = '*', ResourcePath = '/*', ...values }) =>
    Object.entries(values).flatMap(([name, value]) => {
      const setting = settingNames[name]
      return setting === undefined || value === undefined
        ? []
        : [{ op: 'replace', path: `${settingsPath(ResourcePath, HttpMethod)}/${setting}`, value: String(value) }]
    }),
  )
}

function accessLogOperations({ DestinationArn, Format }: AccessLogSetting = {}): PatchOperation[] {
  return [
    ...replaced('/accessLogSettings/destinationArn', DestinationArn),
    ...replaced('/accessLogSettings/format', Format),
  ]
}

function canaryOperations(given: CanarySetting = {}): PatchOperation[] {
  return [
    ...replaced('/canarySettings/deploymentId', given.DeploymentId),
    ...replaced('/canarySettings/percentTraffic', given.PercentTraffic),
    ...replaced('/canarySettings/useStageCache', given.UseStageCache),
    ...Object.entries(given.StageVariableOverrides ?? {}).flatMap(([name, value]) =>
      replaced(`/canarySettings/stageVariableOverrides/${escaped(name)}`, value),
    ),
  ]
}

function replaced(path: string, value: string | number | boolean | undefined): PatchOperation[] {
  return value === undefined ? [] : [{ op: 'replace', path, value: String(value) }]
}

async function patchStage(
  restApiId: string,
  stageName: string,
  patchOperations: readonly PatchOperation[],
  rx: ResourceCtx,
): Promise<void> {
  if (patchOperations.length > 0) await rx.invoke('apigateway:UpdateStage', { restApiId, stageName, patchOperations })
}

export async function retag(
  path: string,
  next: TagProperty | undefined,
  previous: TagProperty | undefined,
  rx: ResourceCtx,
): Promise<void> {
  const resourceArn = `arn:aws:apigateway:${rx.region}::/${path}`
  const gone = removedTags(next, previous, rx)
  if (gone.length > 0) await rx.invoke('apigateway:UntagResource', { resourceArn, tagKeys: gone })
  const tags = resourceTags(next, rx)
  if (Object.keys(tags).length > 0) await rx.invoke('apigateway:TagResource', { resourceArn, tags })
}
