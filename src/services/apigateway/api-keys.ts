import { digestOfKey } from '../../gateway/api-key.ts'
import { type ApiKey, apiKey, apiKeyByValue, keyPlan, planKey } from '../../gateway/usage-state.ts'
import { requestTags } from '../../kernel/authorization.ts'
import { awsError } from '../../kernel/errors.ts'
import { mixedAlphanumeric } from '../../kernel/ids.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found, newId, page } from './find.ts'
import { patched } from './patch.ts'
import { checkTags } from './tag-limits.ts'

const missing = 'Invalid API Key identifier specified'

/** Keys of an API's customers. https://docs.aws.amazon.com/apigateway/latest/api/API_ApiKey.html */
export const apiKeys = operations<Api>()({
  CreateApiKey: {
    authorize: ({ tags }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, 'apikeys'), context: requestTags(tags) },
    ],
    async write(tx, input, ctx) {
      const value = checkedValue(input.value ?? ctx.ids.token(40, mixedAlphanumeric))
      // The value and the id are the same unless they are to differ.
      const id = input.generateDistinctId === false && /^[\w-]{20,128}$/.test(value) ? value : newId(ctx, 10)
      if (await tx.get(apiKeyByValue(digestOfKey(value)))) throw awsError('ConflictException', 'API Key already exists')
      for (const { restApiId = '' } of input.stageKeys ?? []) await findApi(tx, restApiId)
      const made: ApiKey = {
        id,
        name: input.name ?? '',
        value,
        enabled: input.enabled ?? false,
        description: input.description,
        customerId: input.customerId,
        createdAtMs: ctx.nowMs,
        updatedAtMs: ctx.nowMs,
        stageKeys: (input.stageKeys ?? []).map(({ restApiId, stageName }) => `${restApiId}/${stageName}`),
        tags: checkTags(input.tags ?? {}),
      }
      tx.set(apiKey(id), made)
      tx.set(apiKeyByValue(digestOfKey(value)), { id })
      return describe(made, true)
    },
  },

  GetApiKey: {
    authorize: ({ apiKey: id }, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, `apikeys/${id}`) }],
    async read(tx, { apiKey: id, includeValue }) {
      return describe(await found(tx, apiKey(id), missing), includeValue ?? false)
    },
  },

  GetApiKeys: {
    authorize: (_, ctx) => [{ action: 'apigateway:GET', resource: apiArn(ctx, 'apikeys') }],
    async read(tx, input) {
      const { values, position } = await page(tx, (bounds) => apiKey.between([], bounds), input)
      const { nameQuery = '', customerId, includeValues = false } = input
      const items = values.filter(
        (one) => one.name.startsWith(nameQuery) && (customerId === undefined || one.customerId === customerId),
      )
      return { items: items.map((one) => describe(one, includeValues)), position }
    },
  },

  UpdateApiKey: {
    authorize: ({ apiKey: id }, ctx) => [{ action: 'apigateway:PATCH', resource: apiArn(ctx, `apikeys/${id}`) }],
    async write(tx, { apiKey: id, patchOperations }, ctx) {
      const before = await found(tx, apiKey(id), missing)
      const next = patched(before, patchOperations, {
        '/name': 'text',
        '/description': 'text',
        '/enabled': 'boolean',
        '/customerId': 'text',
      })
      const whole = { ...next, name: next.name ?? '', enabled: next.enabled ?? false, updatedAtMs: ctx.nowMs }
      tx.set(apiKey(id), whole)
      return describe(whole, false)
    },
  },

  DeleteApiKey: {
    authorize: ({ apiKey: id }, ctx) => [{ action: 'apigateway:DELETE', resource: apiArn(ctx, `apikeys/${id}`) }],
    async write(tx, { apiKey: id }) {
      const before = await found(tx, apiKey(id), missing)
      for await (const [, planId] of tx.keys(keyPlan.under(id))) tx.delete(planKey(planId, id))
      tx.clear(keyPlan.under(id))
      tx.delete(apiKeyByValue(digestOfKey(before.value)))
      tx.delete(apiKey(id))
      return {}
    },
  },
})

/** A key, known to be as long as one may be. */
export function checkedValue(value: string): string {
  if (value.length < 20 || value.length > 128)
    throw badRequest('API Key value should be at least 20 characters and at most 128')
  return value
}

function describe(one: ApiKey, withValue: boolean) {
  return {
    id: one.id,
    value: withValue ? one.value : undefined,
    name: one.name,
    customerId: one.customerId,
    description: one.description,
    enabled: one.enabled,
    createdDate: new Date(one.createdAtMs),
    lastUpdatedDate: new Date(one.updatedAtMs),
    stageKeys: [...one.stageKeys],
    tags: Object.keys(one.tags).length > 0 ? { ...one.tags } : undefined,
  }
}
