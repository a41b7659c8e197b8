import { resource } from '../../kernel/resource.ts'
import { resourceTags, type TagProperty } from '../../kernel/resource-tags.ts'
import { escaped, type PatchOperation } from './patch.ts'
import { listCertificates, listKeys, listKeysOf, listPlans } from './resource-list.ts'
import { ignoreMissing, readPlan, readPlanKey, readTagged } from './resource-reads.ts'
import { retag } from './resource-stage.ts'

interface ApiKeyProperties {
  Name?: string
  Description?: string
  CustomerId?: string
  Enabled?: boolean
  GenerateDistinctId?: boolean
  Value?: string
  StageKeys?: readonly { RestApiId?: string; StageName?: string }[]
  Tags?: TagProperty
}
interface ThrottleProperty {
  readonly BurstLimit?: number
  readonly RateLimit?: number
}
interface ApiStageProperty {
  readonly ApiId?: string
  readonly Stage?: string
  readonly Throttle?: Record<string, ThrottleProperty>
}
interface PlanProperties {
  UsagePlanName?: string
  Description?: string
  ApiStages?: readonly ApiStageProperty[]
  Quota?: { readonly Limit?: number; readonly Offset?: number; readonly Period?: string }
  Throttle?: ThrottleProperty
  Tags?: TagProperty
}
interface PlanKeyProperties {
  UsagePlanId: string
  KeyId: string
  KeyType: string
}

/** API keys and usage plans. */
export const accessResources = {
  'AWS::ApiGateway::ApiKey': resource<ApiKeyProperties>({
    properties: ['Name', 'Description', 'CustomerId', 'Enabled', 'GenerateDistinctId', 'Value', 'StageKeys', 'Tags'],
    replaceOn: ['StageKeys'],
    async create(props, rx) {
      const { id } = await rx.invoke<{ id: string }>('apigateway:CreateApiKey', {
        name: props.Name ?? rx.name({ maxLength: 128 }),
        ...(props.Description !== undefined && { description: props.Description }),
        ...(props.CustomerId !== undefined && { customerId: props.CustomerId }),
        ...(props.Enabled !== undefined && { enabled: props.Enabled }),
        ...(props.GenerateDistinctId !== undefined && { generateDistinctId: props.GenerateDistinctId }),
        ...(props.Value !== undefined && { value: props.Value }),
        ...(props.StageKeys && {
          stageKeys: props.StageKeys.map(({ RestApiId, StageName }) => ({
            restApiId: RestApiId,
            stageName: StageName,
          })),
        }),
        tags: resourceTags(props.Tags, rx),
      })
      return { id, attributes: { APIKeyId: id } }
    },
    async update(id, props, previous, rx) {
      await rx.invoke('apigateway:UpdateApiKey', {
        apiKey: id,
        patchOperations: [
          { op: 'replace', path: '/description', value: props.Description ?? '' },
          { op: 'replace', path: '/customerId', value: props.CustomerId ?? '' },
          { op: 'replace', path: '/enabled', value: String(props.Enabled ?? false) },
        ],
      })
      await retag(`apikeys/${id}`, props.Tags, previous.Tags, rx)
      return { id, attributes: { APIKeyId: id } }
    },
    async delete(id, _props, rx) {
      await rx.invoke('apigateway:DeleteApiKey', { apiKey: id }).catch(ignoreMissing)
    },
    async read(id, _props, rx) {
      const names = ['Name', 'Description', 'CustomerId', 'Enabled', 'StageKeys']
      const found = await readTagged('GetApiKey', { apiKey: id }, names, rx)
      if (!found) return undefined
      const StageKeys = ((found.StageKeys ?? []) as string[]).map((key) => {
        const [RestApiId, StageName] = key.split('/')
        return { RestApiId, StageName }
      })
      return { ...found, StageKeys: StageKeys.length > 0 ? StageKeys : undefined }
    },
    adopt: (id) => ({ id, attributes: { APIKeyId: id } }),
    list: listKeys,
  }),

  'AWS::ApiGateway::ClientCertificate': resource<{ Description?: string; Tags?: TagProperty }>({
    properties: ['Description', 'Tags'],
    async create({ Description: description, Tags }, rx) {
      const asked = { ...(description !== undefined && { description }), tags: resourceTags(Tags, rx) }
      const made = await rx.invoke<{ clientCertificateId: string }>('apigateway:GenerateClientCertificate', asked)
      const id = made.clientCertificateId
      return { id, attributes: { ClientCertificateId: id } }
    },
    async update(id, { Description: value = '', Tags }, previous, rx) {
      const patchOperations = [{ op: 'replace', path: '/description', value }]
      await rx.invoke('apigateway:UpdateClientCertificate', { clientCertificateId: id, patchOperations })
      await retag(`clientcertificates/${id}`, Tags, previous.Tags, rx)
      return { id, attributes: { ClientCertificateId: id } }
    },
    async delete(id, _props, rx) {
      await rx.invoke('apigateway:DeleteClientCertificate', { clientCertificateId: id }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readTagged('GetClientCertificate', { clientCertificateId: id }, ['Description'], rx),
    adopt: (id) => ({ id, attributes: { ClientCertificateId: id } }),
    list: listCertificates,
  }),

  'AWS::ApiGateway::UsagePlan': resource<PlanProperties>({
    properties: ['UsagePlanName', 'Description', 'ApiStages', 'Quota', 'Throttle', 'Tags'],
    async create(props, rx) {
      const { id } = await rx.invoke<{ id: string }>('apigateway:CreateUsagePlan', {
        name: props.UsagePlanName ?? rx.name({ maxLength: 128 }),
        ...(props.Description !== undefined && { description: props.Description }),
        ...(props.ApiStages && {
          apiStages: props.ApiStages.map(({ ApiId, Stage, Throttle }) => ({
            apiId: ApiId,
            stage: Stage,
            ...(Throttle && {
              throttle: Object.fromEntries(Object.entries(Throttle).map(([key, one]) => [key, throttle(one)])),
            }),
          })),
        }),
        ...(props.Quota && {
          quota: {
            limit: props.Quota.Limit,
            ...(props.Quota.Offset !== undefined && { offset: props.Quota.Offset }),
            period: props.Quota.Period,
          },
        }),
        ...(props.Throttle && { throttle: throttle(props.Throttle) }),
        tags: resourceTags(props.Tags, rx),
      })
      return { id, attributes: { Id: id } }
    },
    async update(id, props, previous, rx) {
      await rx.invoke('apigateway:UpdateUsagePlan', { usagePlanId: id, patchOperations: planChanges(props, previous) })
      await retag(`usageplans/${id}`, props.Tags, previous.Tags, rx)
      return { id, attributes: { Id: id } }
    },
    async delete(id, { ApiStages = [] }, rx) {
      const patchOperations = ApiStages.map((one) => ({ op: 'remove', path: '/apiStages', value: stageName(one) }))
      if (patchOperations.length > 0)
        await rx.invoke('apigateway:UpdateUsagePlan', { usagePlanId: id, patchOperations }).catch(ignoreMissing)
      await rx.invoke('apigateway:DeleteUsagePlan', { usagePlanId: id }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readPlan(id, rx),
    adopt: (id) => ({ id, attributes: { Id: id } }),
    list: listPlans,
  }),

  'AWS::ApiGateway::UsagePlanKey': resource<PlanKeyProperties>({
    properties: ['UsagePlanId', 'KeyId', 'KeyType'],
    async create({ UsagePlanId, KeyId, KeyType }, rx) {
      const input = { usagePlanId: UsagePlanId, keyId: KeyId, keyType: KeyType }
      await rx.invoke('apigateway:CreateUsagePlanKey', input)
      const id = `${KeyId}:${UsagePlanId}`
      return { id, attributes: { Id: id } }
    },
    async delete(_id, { UsagePlanId, KeyId }, rx) {
      await rx.invoke('apigateway:DeleteUsagePlanKey', { usagePlanId: UsagePlanId, keyId: KeyId }).catch(ignoreMissing)
    },
    read: (id, _props, rx) => readPlanKey(id, rx),
    adopt: (id) => ({ id, attributes: { Id: id } }),
    async *list(rx) {
      for await (const plan of listPlans(rx)) for await (const key of listKeysOf(plan)(rx)) yield `${key}:${plan}`
    },
  }),
}

function throttle({ BurstLimit, RateLimit }: ThrottleProperty) {
  return {
    ...(BurstLimit !== undefined && { burstLimit: BurstLimit }),
    ...(RateLimit !== undefined && { rateLimit: RateLimit }),
  }
}

function stageName({ ApiId = '', Stage = '' }: ApiStageProperty): string {
  return `${ApiId}:${Stage}`
}

function planChanges(props: PlanProperties, previous: PlanProperties): PatchOperation[] {
  const set = (path: string, value: string | number | undefined): PatchOperation[] =>
    value === undefined ? [] : [{ op: 'replace', path, value: String(value) }]
  const after = props.ApiStages ?? []
  const kept = new Set(after.map(stageName))
  return [
    ...set('/name', props.UsagePlanName),
    ...set('/description', props.Description ?? ''),
    ...(previous.Throttle ? [{ op: 'remove', path: '/throttle' }] : []),
    ...set('/throttle/rateLimit', props.Throttle?.RateLimit),
    ...set('/throttle/burstLimit', props.Throttle?.BurstLimit),
    ...(previous.Quota ? [{ op: 'remove', path: '/quota' }] : []),
    ...set('/quota/limit', props.Quota?.Limit),
    ...set('/quota/offset', props.Quota?.Offset),
    ...set('/quota/period', props.Quota?.Period),
    ...(previous.ApiStages ?? [])
      .filter((one) => !kept.has(stageName(one)))
      .map((one) => ({ op: 'remove', path: '/apiStages', value: stageName(one) })),
    ...after.flatMap((one): PatchOperation[] => [
      { op: 'add', path: '/apiStages', value: stageName(one) },
      { op: 'remove', path: `/apiStages/${stageName(one)}/throttle` },
      ...Object.entries(one.Throttle ?? {}).flatMap(([method, { RateLimit, BurstLimit }]) => {
        const slash = method.lastIndexOf('/')
        const path = `/apiStages/${stageName(one)}/throttle/${escaped(method.slice(0, slash))}${method.slice(slash)}`
        return [...set(`${path}/rateLimit`, RateLimit), ...set(`${path}/burstLimit`, BurstLimit)]
      }),
    ]),
  ]
}
