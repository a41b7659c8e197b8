import { mostLevels } from '../../gateway/nesting.ts'
import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { nestsWithin } from '../../kernel/nesting.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { apiArn, badRequest, findApi, found, newId, page } from './find.ts'
import { fitting, withinQuota } from './limits.ts'
import { patched } from './patch.ts'
import { type Model, method, model } from './state.ts'

const path = (apiId: string, name: string) => `restapis/${apiId}/models/${name}`
const missing = (name: string) => `Invalid model name specified: ${name}`

/** JSON schemas of bodies. https://docs.aws.amazon.com/apigateway/latest/api/API_Model.html */
export const models = operations<Api>()({
  CreateModel: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:POST', resource: apiArn(ctx, `restapis/${restApiId}/models`) },
    ],
    async write(tx, { restApiId, name, contentType, description, schema = '' }, ctx) {
      await findApi(tx, restApiId)
      await withinQuota(tx, model.under(restApiId), 'models')
      if (!/^[A-Za-z0-9]+$/.test(name)) throw badRequest('Model name must be alphanumeric')
      if (await tx.get(model(restApiId, name)))
        throw awsError('ConflictException', 'Model name already exists for this REST API')
      const made = checkedModel({ id: newId(ctx, 6), name, contentType, description, schema })
      tx.set(model(restApiId, name), made)
      return { ...made }
    },
  },

  GetModel: {
    authorize: ({ restApiId, modelName }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, path(restApiId, modelName)) },
    ],
    async read(tx, { restApiId, modelName, flatten }) {
      if (flatten) throw badRequest('flatten is not supported by Landfall yet: models are answered as they are.')
      await findApi(tx, restApiId)
      return { ...(await found(tx, model(restApiId, modelName), missing(modelName))) }
    },
  },

  GetModels: {
    authorize: ({ restApiId }, ctx) => [
      { action: 'apigateway:GET', resource: apiArn(ctx, `restapis/${restApiId}/models`) },
    ],
    async read(tx, input) {
      await findApi(tx, input.restApiId)
      const { values, position } = await page(tx, (bounds) => model.between([input.restApiId], bounds), input)
      return { items: values.map((one) => ({ ...one })), position }
    },
  },

  UpdateModel: {
    authorize: ({ restApiId, modelName }, ctx) => [
      { action: 'apigateway:PATCH', resource: apiArn(ctx, path(restApiId, modelName)) },
    ],
    async write(tx, { restApiId, modelName, patchOperations }) {
      await findApi(tx, restApiId)
      const before = await found(tx, model(restApiId, modelName), missing(modelName))
      const next = checkedModel({
        ...patched(before, patchOperations, { '/description': 'text', '/schema': 'text' }),
      })
      tx.set(model(restApiId, modelName), next)
      return { ...next }
    },
  },

  DeleteModel: {
    authorize: ({ restApiId, modelName }, ctx) => [
      { action: 'apigateway:DELETE', resource: apiArn(ctx, path(restApiId, modelName)) },
    ],
    async write(tx, { restApiId, modelName }) {
      await findApi(tx, restApiId)
      await found(tx, model(restApiId, modelName), missing(modelName))
      for await (const { value } of tx.range(method.under(restApiId))) {
        if (Object.values(value.requestModels ?? {}).includes(modelName))
          throw awsError('ConflictException', `Cannot delete model '${modelName}', is referenced in method request`)
      }
      tx.delete(model(restApiId, modelName))
      return {}
    },
  },
})

/** The models that every API begins with. */
export function builtIn(ctx: Pick<Ctx, 'ids'>): Model[] {
  const draft = 'http://json-schema.org/draft-04/schema#'
  const error = {
    $schema: draft,
    title: 'Error Schema',
    type: 'object',
    properties: { message: { type: 'string' } },
  }
  const json = (name: string, description: string, schema: object) => ({
    id: newId(ctx, 6),
    name,
    contentType: 'application/json',
    description,
    schema: JSON.stringify(schema, null, 2),
  })
  return [
    json('Empty', 'This is a default empty schema model', { $schema: draft, title: 'Empty Schema', type: 'object' }),
    json('Error', 'This is a default error schema model', error),
  ]
}

/** Throws BadRequestException unless its schema can be read. */
export function checkedModel(one: Model): Model {
  let value: unknown
  try {
    value = !one.schema ? {} : JSON.parse(one.schema)
  } catch {
    throw badRequest(
      'Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]',
    )
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badRequest(
      'Invalid model specified: Validation Result: warnings : [], errors : [Model must be a JSON object]',
    )
  if (!nestsWithin(value, mostLevels))
    throw badRequest(`Invalid model specified: the schema is nested deeper than ${mostLevels} levels.`)
  return fitting(one, 'The model')
}
