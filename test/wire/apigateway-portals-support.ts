import {
  type APIGatewayClient,
  CreateDeploymentCommand,
  CreateDocumentationVersionCommand,
  ImportRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import type { CreatePortalCommandInput } from '@aws-sdk/client-apigatewayv2'

/** A REST API of pets with models and documentation, answered by mocks, deployed to the stage `prod`. */
export async function deployedPets(client: APIGatewayClient): Promise<string> {
  const mock = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode": 200}' },
    responses: { default: { statusCode: '200', responseTemplates: { 'application/json': '{"name": "Rex"}' } } },
  }
  const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  const responses = { 200: { description: 'a pet', content: { 'application/json': { schema: schema('Pet') } } } }
  const documentationParts = [
    {
      location: { type: 'METHOD', path: '/pets/{id}', method: 'GET' },
      properties: { summary: 'Finds a pet', description: 'Finds a pet *by its id* <script>alert(1)</script>' },
    },
    { location: { type: 'METHOD', path: '/' }, properties: { description: 'of all that say nothing nearer' } },
    {
      location: { type: 'QUERY_PARAMETER', path: '/pets', method: '*', name: 'verbose' },
      properties: { description: 'Whether to tell more' },
    },
    { location: { type: 'MODEL', name: 'Pet' }, properties: { description: 'An animal & more' } },
  ]
  const document = {
    openapi: '3.0.1',
    info: { title: 'pets', version: '1' },
    paths: {
      '/pets/{id}': {
        get: {
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            { name: 'verbose', in: 'query', schema: { type: 'string' } },
          ],
          responses,
          'x-amazon-apigateway-integration': mock,
        },
      },
      '/pets': {
        post: {
          requestBody: { content: { 'application/json': { schema: schema('Pet') } }, required: true },
          responses,
          security: [{ api_key: [] }],
          'x-amazon-apigateway-integration': mock,
        },
      },
    },
    components: {
      schemas: {
        Pet: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, owner: schema('Owner') } },
        Owner: { type: 'object', properties: { email: { type: 'string' } } },
        Unused: { type: 'object' },
      },
      securitySchemes: { api_key: { type: 'apiKey', name: 'x-api-key', in: 'header' } },
    },
    'x-amazon-apigateway-documentation': { documentationParts },
  }
  const { id: restApiId } = await client.send(new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document)) }))
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: 'prod' }))
  await showDocumentation(client, restApiId!, 'v1')
  return restApiId!
}

/** Publishes the documentation of an API with its stage. */
export async function showDocumentation(client: APIGatewayClient, restApiId: string, documentationVersion: string) {
  await client.send(new CreateDocumentationVersionCommand({ restApiId, documentationVersion }))
  const patchOperations = [{ op: 'replace' as const, path: '/documentationVersion', value: documentationVersion }]
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'prod', patchOperations }))
}

export const CustomColors = {
  AccentColor: '#0b5fff',
  BackgroundColor: '#ffffff',
  ErrorValidationColor: '#b00020',
  HeaderColor: '#10243e',
  NavigationColor: '#f2f4f7',
  TextColor: '#1c1c1c',
}

export const portalOf = (
  DisplayName: string,
  more: Partial<CreatePortalCommandInput> = {},
): CreatePortalCommandInput => ({
  Authorization: { None: {} },
  EndpointConfiguration: { None: {} },
  PortalContent: { DisplayName, Theme: { CustomColors } },
  ...more,
})
