import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateDocumentationPartCommand,
  type CreateDocumentationPartCommandInput,
  CreateDocumentationVersionCommand,
  CreateModelCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  DeleteDocumentationPartCommand,
  DeleteDocumentationVersionCommand,
  GetDocumentationPartCommand,
  GetDocumentationPartsCommand,
  GetDocumentationVersionsCommand,
  GetExportCommand,
  GetModelTemplateCommand,
  GetResourcesCommand,
  GetStageCommand,
  ImportDocumentationPartsCommand,
  ImportRestApiCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  UpdateDocumentationPartCommand,
  UpdateDocumentationVersionCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

let node: TestNode
let client: APIGatewayClient
beforeAll(async () => {
  node = await startNode()
  client = node.client(APIGatewayClient)
})
afterAll(() => node.close())

const makeApi = async (name: string) => (await client.send(new CreateRestApiCommand({ name }))).id!
type Location = CreateDocumentationPartCommandInput['location']
const write = (restApiId: string, location: Location, properties: object | string) =>
  client.send(
    new CreateDocumentationPartCommand({
      ...{ restApiId, location },
      properties: typeof properties === 'string' ? properties : JSON.stringify(properties),
    }),
  )

/** An import of one part. */
const document = (restApiId: string, location: object) => {
  const documentationParts = [{ location, properties: {} }]
  const info = { title: 'one', version: '1' }
  const body = { openapi: '3.0.1', info, 'x-amazon-apigateway-documentation': { documentationParts } }
  return client.send(new ImportDocumentationPartsCommand({ restApiId, body: Buffer.from(JSON.stringify(body)) }))
}

test('parts are written for places of an API, once each', async () => {
  const restApiId = await makeApi('written')
  const made = await write(restApiId, { type: 'METHOD', path: '/pets' }, { description: 'one' })
  expect(made).toMatchObject({ location: { type: 'METHOD', path: '/pets', method: '*' } })
  await write(restApiId, { type: 'QUERY_PARAMETER', path: '/pets', method: 'GET', name: 'page' }, { description: 'p' })
  const same = write(restApiId, { type: 'METHOD', path: '/pets', method: '*' }, {})
  await expect(same).rejects.toMatchObject({ name: 'ConflictException' })
  for (const wrong of [
    write(restApiId, { type: 'MODEL' }, {}),
    write(restApiId, { type: 'API', path: '/' }, {}),
    write(restApiId, { type: 'API' }, '[]'),
    write(restApiId, { type: 'API' }, 'no JSON'),
    client.send(new CreateDocumentationVersionCommand({ restApiId, documentationVersion: 'v'.repeat(2_000) })),
    ...[{ toString: 1 }, ['API'], 7].map((type) => document(restApiId, { type })),
    document(restApiId, { type: 'MODEL', name: { toString: 1 } }),
  ])
    await expect(wrong).rejects.toMatchObject({ name: 'BadRequestException' })
  const { ids } = await document(restApiId, { type: 'RESPONSE', path: `/${'p'.repeat(3_000)}`, statusCode: 200 })
  const long = { restApiId, documentationPartId: ids![0]! }
  const { location } = await client.send(new GetDocumentationPartCommand(long))
  expect(location).toMatchObject({ statusCode: '200', path: expect.stringMatching(/^\/p{3000}$/) })
  await client.send(new DeleteDocumentationPartCommand(long))
  const named = { restApiId, documentationPartId: made.id! }
  const value = '{"description":"two"}'
  const patchOperations = [{ op: 'replace' as const, path: '/properties', value }]
  await client.send(new UpdateDocumentationPartCommand({ ...named, patchOperations }))
  await node.restart()
  client = node.client(APIGatewayClient)
  expect(await client.send(new GetDocumentationPartCommand(named))).toMatchObject({ id: made.id, properties: value })
  const list = async (more: object) =>
    (await client.send(new GetDocumentationPartsCommand({ restApiId, ...more }))).items!.map(
      (one) => one.location!.type,
    )
  expect((await list({})).sort()).toEqual(['METHOD', 'QUERY_PARAMETER'])
  expect(await list({ type: 'METHOD' })).toEqual(['METHOD'])
  expect(await list({ nameQuery: 'pag', path: '/pets' })).toEqual(['QUERY_PARAMETER'])
  await client.send(new DeleteDocumentationPartCommand(named))
  await expect(client.send(new GetDocumentationPartCommand(named))).rejects.toMatchObject({ name: 'NotFoundException' })
  await write(restApiId, { type: 'METHOD', path: '/pets' }, {})

  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const nobody = node.client(APIGatewayClient, { credentials })
  await expect(nobody.send(new GetDocumentationPartsCommand({ restApiId }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  })
})

test('a stage shows a version of them in its export, and documents bring them along', async () => {
  const restApiId = await makeApi('shown')
  const { items } = await client.send(new GetDocumentationPartsCommand({ restApiId }))
  expect(items).toEqual([])
  const parts = [
    { location: { type: 'API' }, properties: { description: 'pets' } },
    { location: { type: 'RESPONSE', path: '/pets', statusCode: '200' }, properties: { tags: ['a', 1] } },
  ]
  const documented = {
    openapi: '3.0.1',
    info: { title: 'd' },
    'x-amazon-apigateway-documentation': { version: '1', documentationParts: parts },
  }
  const body = Buffer.from(JSON.stringify(documented))
  const first = await client.send(new ImportDocumentationPartsCommand({ restApiId, body }))
  expect(first.ids).toHaveLength(2)
  // Again, and merged: the same places keep their parts.
  expect((await client.send(new ImportDocumentationPartsCommand({ restApiId, body }))).ids).toEqual(first.ids)

  const version = { restApiId, documentationVersion: 'v1' }
  await client.send(new CreateDocumentationVersionCommand({ ...version, description: 'first' }))
  await expect(client.send(new CreateDocumentationVersionCommand(version))).rejects.toMatchObject({
    name: 'ConflictException',
  })
  await client.send(
    new UpdateDocumentationVersionCommand({
      ...version,
      patchOperations: [{ op: 'replace', path: '/description', value: 'changed' }],
    }),
  )
  const { items: versions } = await client.send(new GetDocumentationVersionsCommand({ restApiId }))
  expect(versions).toMatchObject([{ version: 'v1', description: 'changed' }])

  const imported = await client.send(new ImportRestApiCommand({ body }))
  const brought = await client.send(new GetDocumentationPartsCommand({ restApiId: imported.id! }))
  expect(brought.items).toHaveLength(2)

  const of = { restApiId, resourceId: (await rootOf(restApiId))!, httpMethod: 'GET' }
  await client.send(new PutMethodCommand({ ...of, authorizationType: 'NONE' }))
  await client.send(
    new PutIntegrationCommand({ ...of, type: 'MOCK', requestTemplates: { 'application/json': '{"statusCode":200}' } }),
  )
  const { id: deploymentId } = await client.send(new CreateDeploymentCommand({ restApiId }))
  const stage = { restApiId, stageName: 'live' }
  await expect(
    client.send(new CreateStageCommand({ ...stage, deploymentId: deploymentId!, documentationVersion: 'none' })),
  ).rejects.toMatchObject({ name: 'NotFoundException' })
  await client.send(new CreateStageCommand({ ...stage, deploymentId: deploymentId!, documentationVersion: 'v1' }))
  // What is written later is not in the version.
  await write(restApiId, { type: 'RESOURCE', path: '/' }, { description: 'later' })
  const shown = async (extensions: string) => {
    const asked = { ...stage, exportType: 'oas30', accepts: 'application/json', parameters: { extensions } }
    const { body: text } = await client.send(new GetExportCommand(asked))
    return JSON.parse(Buffer.from(text!).toString())['x-amazon-apigateway-documentation']
  }
  const told = await shown('documentation')
  expect(told.version).toBe('v1')
  expect(told.documentationParts).toHaveLength(2)
  expect(told.documentationParts).toContainEqual({
    location: { type: 'RESPONSE', path: '/pets', method: '*', statusCode: '200' },
    properties: { tags: ['a', 1] },
  })
  expect(await shown('integrations')).toBeUndefined()
  await client.send(new CreateDocumentationVersionCommand({ restApiId, documentationVersion: 'v2', stageName: 'live' }))
  expect(await client.send(new GetStageCommand(stage))).toMatchObject({ documentationVersion: 'v2' })
  expect((await shown('documentation')).documentationParts).toHaveLength(3)
  const overwritten = await client.send(new ImportDocumentationPartsCommand({ restApiId, body, mode: 'overwrite' }))
  expect(overwritten.ids).toHaveLength(2)
  const patchOperations = [{ op: 'replace' as const, path: '/documentationVersion', value: 'v1' }]
  expect(await client.send(new UpdateStageCommand({ ...stage, patchOperations }))).toMatchObject({
    documentationVersion: 'v1',
  })
  await client.send(new DeleteDocumentationVersionCommand(version))
  expect(await shown('documentation')).toBeUndefined()
})

async function rootOf(restApiId: string) {
  return (await client.send(new GetResourcesCommand({ restApiId }))).items?.[0]?.id
}

test('a model becomes a template that gives an example of it', async () => {
  const restApiId = await makeApi('templates')
  const model = (name: string, schema: object) =>
    client.send(
      new CreateModelCommand({ restApiId, name, contentType: 'application/json', schema: JSON.stringify(schema) }),
    )
  const url = `https://apigateway.amazonaws.com/restapis/${restApiId}/models`
  await model('Pet', {
    type: 'object',
    properties: { name: { type: 'string' }, age: { $ref: '#/definitions/age' } },
    definitions: { age: { type: 'integer' } },
  })
  await model('Pets', {
    type: 'object',
    properties: {
      total: { type: 'number' },
      ok: { type: 'boolean' },
      all: { type: 'array', items: { $ref: `${url}/Pet` } },
    },
  })
  await model('Endless', { type: 'object', properties: { next: { $ref: `${url}/Endless` } } })
  const template = async (modelName: string) =>
    (await client.send(new GetModelTemplateCommand({ restApiId, modelName }))).value
  const start = "#set($inputRoot = $input.path('$'))\n"
  expect(await template('Empty')).toBe(`${start}{ }`)
  expect(await template('Pet')).toBe(`${start}{\n  "name" : "foo",\n  "age" : 42\n}`)
  expect(await template('Pets')).toMatch(
    /"total" : 3.149,\n {2}"ok" : true,\n {2}"all" : \[\n##TODO.*\n#foreach\(\$elem in \$inputRoot\)\n {4}\{\n {6}"name" : "foo",\n {6}"age" : 42\n {4}\}\n#if\(\$foreach.hasNext\),#end\n#end\n {2}\]\n\}$/,
  )
  expect((await template('Endless'))!.length).toBeLessThan(10_000)
  // Lines are few, and long: a tree of names that are written over and over.
  const name = 'n'.repeat(50_000)
  await model('Level0', { type: 'object', properties: { a: { type: 'object', properties: { [name]: {} } } } })
  for (const level of [1, 2, 3, 4, 5]) {
    const $ref = `${url}/Level${level - 1}`
    await model(`Level${level}`, { type: 'object', properties: { a: { $ref }, b: { $ref } } })
  }
  await expect(template('Level5')).rejects.toMatchObject({ name: 'BadRequestException' })
  await expect(template('None')).rejects.toMatchObject({ name: 'NotFoundException' })
})
