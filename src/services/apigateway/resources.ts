import { isAwsError } from '../../kernel/errors.ts'
import { type LiveProperties, type ResourceCtx, resource } from '../../kernel/resource.ts'
import { resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { escaped, type PatchOperation } from './patch.ts'
import { accessResources } from './resource-access.ts'
import { documentationResources } from './resource-documentation.ts'
import { listApis } from './resource-list.ts'
import { methodResource } from './resource-method.ts'
import { ignoreMissing, readApi, readOne } from './resource-reads.ts'
import { requestResources } from './resource-requests.ts'
import { describeStage, retag, type StageDescription, stageOfDeployment, stageResource } from './resource-stage.ts'

interface RestApiProperties {
  Body?: object
  Mode?: string
  Name?: string
  Description?: string
  BinaryMediaTypes?: readonly string[]
  DisableExecuteApiEndpoint?: boolean
  ApiKeySourceType?: string
  EndpointConfiguration?: { Types?: readonly string[]; IpAddressType?: string; VpcEndpointIds?: readonly string[] }
  Policy?: string | object
  Tags?: TagProperty
}
interface PathProperties {
  RestApiId: string
  ParentId: string
  PathPart: string
}
interface DeploymentProperties {
  RestApiId: string
  Description?: string
  StageName?: string
  StageDescription?: StageDescription
}

export const resources = {
  'AWS::ApiGateway::RestApi': resource<RestApiProperties>({
    properties: [
      'Name',
      'Description',
      'BinaryMediaTypes',
      'DisableExecuteApiEndpoint',
      'ApiKeySourceType',
      'EndpointConfiguration',
      'Policy',
      'Body',
      'Mode',
      'Tags',
    ],
    async create(props, rx) {
      const { id, rootResourceId } = await rx.invoke<{ id: string; rootResourceId: string }>(
        'apigateway:CreateRestApi',
        {
          ...(nameOf(props) !== undefined && { name: nameOf(props) }),
          ...(props.Description !== undefined && { description: props.Description }),
          ...(props.BinaryMediaTypes && { binaryMediaTypes: props.BinaryMediaTypes }),
          ...(props.ApiKeySourceType !== undefined && { apiKeySource: props.ApiKeySourceType }),
          ...(props.DisableExecuteApiEndpoint !== undefined && {
            disableExecuteApiEndpoint: props.DisableExecuteApiEndpoint,
          }),
          ...(props.EndpointConfiguration && { endpointConfiguration: endpoint(props.EndpointConfiguration) }),
          policy: policyText(props.Policy),
          tags: resourceTags(props.Tags, rx),
        },
      )
      rx.created(id)
      if (props.Body) await putBody(id, props, rx)
      return apiState(id, rootResourceId)
    },
    async update(id, props, previous, rx) {
      if (props.Body) await putBody(id, props, rx)
      const { rootResourceId } = await rx.invoke<{ rootResourceId: string }>('apigateway:UpdateRestApi', {
        restApiId: id,
        patchOperations: apiChanges(props, previous),
      })
      await retag(`restapis/${id}`, props.Tags, previous.Tags, rx)
      return apiState(id, rootResourceId)
    },
    async delete(id, _props, rx) {
      await rx.invoke('apigateway:DeleteRestApi', { restApiId: id }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readApi(id, rx),
    async adopt(id, rx) {
      const asked = rx.invoke<{ rootResourceId: string }>('apigateway:GetRestApi', { restApiId: id })
      const found = await asked.catch(ignoreMissing)
      return found && apiState(id, found.rootResourceId)
    },
    list: listApis,
  }),

  'AWS::ApiGateway::Resource': resource<PathProperties>({
    properties: ['RestApiId', 'ParentId', 'PathPart'],
    async create({ RestApiId, ParentId, PathPart }, rx) {
      const input = { restApiId: RestApiId, parentId: ParentId, pathPart: PathPart }
      const { id } = await rx.invoke<{ id: string }>('apigateway:CreateResource', input)
      return { id, attributes: { ResourceId: id } }
    },
    async delete(id, { RestApiId }, rx) {
      await rx.invoke('apigateway:DeleteResource', { restApiId: RestApiId, resourceId: id }).catch(ignoreMissing)
    },
    async read(id, { RestApiId }, rx) {
      const input = { restApiId: RestApiId, resourceId: id }
      const found = await readOne('GetResource', input, ['ParentId', 'PathPart'], rx)
      return found && { RestApiId, ...found }
    },
  }),

  'AWS::ApiGateway::Method': methodResource,
  'AWS::ApiGateway::Stage': stageResource,

  'AWS::ApiGateway::Deployment': resource<DeploymentProperties>({
    properties: ['RestApiId', 'Description', 'StageName', 'StageDescription'],
    replaceOn: ['StageName', 'StageDescription'],
    async create({ RestApiId: restApiId, Description, StageName, StageDescription }, rx) {
      const { id } = await rx.invoke<{ id: string }>('apigateway:CreateDeployment', {
        restApiId,
        ...(Description !== undefined && { description: Description }),
        ...(StageName !== undefined && { stageName: StageName }),
        ...(StageDescription && stageOfDeployment(StageDescription)),
      })
      rx.created(id)
      if (StageName !== undefined && StageDescription) await describeStage(restApiId, StageName, StageDescription, rx)
      return deploymentState(id)
    },
    async update(id, { RestApiId, Description = '' }, _previous, rx) {
      const patchOperations = [{ op: 'replace', path: '/description', value: Description }]
      await rx.invoke('apigateway:UpdateDeployment', { restApiId: RestApiId, deploymentId: id, patchOperations })
      return deploymentState(id)
    },
    async delete(id, { RestApiId, StageName }, rx) {
      if (StageName !== undefined) await leaveStage(RestApiId, StageName, id, rx)
      await rx.invoke('apigateway:DeleteDeployment', { restApiId: RestApiId, deploymentId: id }).catch(ignoreMissing)
    },
    // Which stage it was made for is not kept.
    async read(id, { RestApiId }, rx) {
      const input = { restApiId: RestApiId, deploymentId: id }
      const found = await readOne('GetDeployment', input, ['Description'], rx)
      return found && { RestApiId, ...found }
    },
  }),

  ...accessResources,
  ...requestResources,
  ...documentationResources,

  'AWS::ApiGateway::Account': resource<{ CloudWatchRoleArn?: string }>({
    properties: ['CloudWatchRoleArn'],
    create: ({ CloudWatchRoleArn }, rx) => setAccount(CloudWatchRoleArn, rx),
    update: (_id, { CloudWatchRoleArn }, _previous, rx) => setAccount(CloudWatchRoleArn, rx),
    async delete() {
      // The account's settings are not the stack's to take away, as CloudFormation has it too: others may count on them.
    },
    read: (_id, _props, rx) => readOne('GetAccount', {}, ['CloudwatchRoleArn'], rx).then(accountOf),
    // There is one. Scans find none of it, as AWS has it too: there is nothing to list.
    adopt: (id, rx) => (id === accountState(rx).id ? accountState(rx) : undefined),
  }),
}

/**
 * Takes a stage away from a deployment that is to be deleted: back to the latest of the others (a rollback), or with
 * the last one (the stack goes) deletes it too.
 */
async function leaveStage(restApiId: string, stageName: string, deploymentId: string, rx: ResourceCtx): Promise<void> {
  const stage = await rx
    .invoke<{ deploymentId: string }>('apigateway:GetStage', { restApiId, stageName })
    .catch((error: unknown) => {
      if (isAwsError(error, 'NotFoundException')) return undefined
      throw error
    })
  if (stage?.deploymentId !== deploymentId) return
  const { items = [] } = await rx.invoke<{ items?: { id: string; createdDate: Date }[] }>('apigateway:GetDeployments', {
    restApiId,
    limit: 500,
  })
  const [latest] = items
    .filter(({ id }) => id !== deploymentId)
    .sort((a, b) => b.createdDate.getTime() - a.createdDate.getTime())
  if (latest) {
    const patchOperations = [{ op: 'replace', path: '/deploymentId', value: latest.id }]
    await rx.invoke('apigateway:UpdateStage', { restApiId, stageName, patchOperations })
  } else {
    await rx.invoke('apigateway:DeleteStage', { restApiId, stageName }).catch(ignoreMissing)
  }
}

function apiChanges(props: RestApiProperties, previous: RestApiProperties): PatchOperation[] {
  const types = (props.BinaryMediaTypes ?? []).map((type) => type.toLowerCase())
  const oldTypes = (previous.BinaryMediaTypes ?? []).map((type) => type.toLowerCase())
  const before = previous.EndpointConfiguration?.Types?.[0] ?? 'EDGE'
  const after = props.EndpointConfiguration?.Types?.[0] ?? 'EDGE'
  return [
    { op: 'replace', path: '/name', value: nameOf(props) ?? '' },
    // What the template does not say, its document may have said.
    ...(props.Body && props.Description === undefined
      ? []
      : [{ op: 'replace', path: '/description', value: props.Description ?? '' }]),
    ...(props.Body && props.Policy === undefined
      ? []
      : [{ op: 'replace', path: '/policy', value: policyText(props.Policy) }]),
    ...(props.Body && props.ApiKeySourceType === undefined
      ? []
      : [{ op: 'replace', path: '/apiKeySource', value: props.ApiKeySourceType ?? 'HEADER' }]),
    {
      op: 'replace',
      path: '/disableExecuteApiEndpoint',
      value: String(props.DisableExecuteApiEndpoint ?? false),
    },
    ...(before === after ? [] : [{ op: 'replace', path: `/endpointConfiguration/types/${before}`, value: after }]),
    ...oldTypes
      .filter((type) => !types.includes(type))
      .map((type) => ({ op: 'remove', path: `/binaryMediaTypes/${escaped(type)}` })),
    ...types
      .filter((type) => !oldTypes.includes(type))
      .map((type) => ({ op: 'add', path: `/binaryMediaTypes/${escaped(type)}` })),
  ]
}

/** A template's name, else its document's title. */
function nameOf({ Name, Body }: RestApiProperties): string | undefined {
  if (Name !== undefined || !Body || !('info' in Body)) return Name
  const { info } = Body
  return info !== null && typeof info === 'object' && 'title' in info ? String(info.title) : undefined
}

/** Makes the API what its document says; the template's own name stays. */
async function putBody(restApiId: string, props: RestApiProperties, rx: ResourceCtx): Promise<void> {
  const body = Buffer.from(JSON.stringify(props.Body))
  await rx.invoke('apigateway:PutRestApi', { restApiId, mode: props.Mode ?? 'overwrite', body })
  if (props.Name === undefined) return
  const patchOperations = [{ op: 'replace', path: '/name', value: props.Name }]
  await rx.invoke('apigateway:UpdateRestApi', { restApiId, patchOperations })
}

function endpoint({ Types, IpAddressType, VpcEndpointIds }: NonNullable<RestApiProperties['EndpointConfiguration']>) {
  return {
    ...(Types && { types: Types }),
    ...(IpAddressType !== undefined && { ipAddressType: IpAddressType }),
    ...(VpcEndpointIds && { vpcEndpointIds: VpcEndpointIds }),
  }
}

/** Templates write "no policy" as an empty text or object. */
function policyText(policy: RestApiProperties['Policy']): string {
  if (typeof policy !== 'object') return policy ?? ''
  return Object.keys(policy).length > 0 ? JSON.stringify(policy) : ''
}

/** The API spells it otherwise than templates do. */
function accountOf(found: LiveProperties | undefined) {
  return found && { CloudWatchRoleArn: found.CloudwatchRoleArn }
}

async function setAccount(role: string | undefined, rx: ResourceCtx) {
  const path = '/cloudwatchRoleArn'
  const change = role === undefined ? { op: 'remove', path } : { op: 'replace', path, value: role }
  await rx.invoke('apigateway:UpdateAccount', { patchOperations: [change] })
  return accountState(rx)
}

function accountState({ account, region }: Pick<ResourceCtx, 'account' | 'region'>) {
  const id = `${account}-${region}`
  return { id, attributes: { Id: id } }
}

function apiState(id: string, rootResourceId: string) {
  return { id, attributes: { RestApiId: id, RootResourceId: rootResourceId } }
}

function deploymentState(id: string) {
  return { id, attributes: { DeploymentId: id } }
}
