import { X509Certificate } from 'node:crypto'
import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import {
  APIGatewayClient,
  DeleteClientCertificateCommand,
  FlushStageCacheCommand,
  GenerateClientCertificateCommand,
  GetClientCertificateCommand,
  GetClientCertificatesCommand,
  GetSdkCommand,
  GetSdkTypeCommand,
  GetSdkTypesCommand,
  GetStageCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  TagResourceCommand,
  TestInvokeMethodCommand,
  UpdateClientCertificateCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeRestApi, type TestRestApi } from './apigateway-support.ts'
import { serveHttps } from './https-server.ts'

let node: TestNode
let client: APIGatewayClient
let api: TestRestApi
let server: Server

beforeAll(async () => {
  node = await startNode()
  client = node.client(APIGatewayClient)
  // Whom the caller says it is: anybody may be, as with certificates that nobody but their owner signed.
  const made = await serveHttps(
    (request, response) => {
      const shown = (request.socket as TLSSocket).getPeerX509Certificate()
      response.end(shown?.fingerprint256 ?? 'nobody')
    },
    { requestCert: true, rejectUnauthorized: false },
  )
  server = made.server
  api = await makeRestApi(client, 'known')
  const target = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
  await client.send(new PutMethodCommand({ ...target, authorizationType: 'NONE' }))
  const integration = { ...target, type: 'HTTP_PROXY' as const, integrationHttpMethod: 'GET', uri: `${made.url}/` }
  await client.send(new PutIntegrationCommand(integration))
  await api.deploy('dev')
})
afterAll(async () => {
  server?.close()
  await node?.close()
})

const who = async () => (await fetch(`${node.endpoint}/_aws/execute-api/${api.id}/dev/`)).text()
const show = (value: string) =>
  client.send(
    new UpdateStageCommand({
      restApiId: api.id,
      stageName: 'dev',
      patchOperations: [{ op: 'replace', path: '/clientCertificateId', value }],
    }),
  )

test('a stage shows its certificate to the servers behind it, also after a restart, until it has none', async () => {
  expect(await who()).toBe('nobody')
  const made = await client.send(new GenerateClientCertificateCommand({ description: 'of the gateway' }))
  const { clientCertificateId = '', pemEncodedCertificate = '', createdDate, expirationDate } = made
  expect((expirationDate!.getTime() - createdDate!.getTime()) / 86_400_000).toBe(365)
  const certificate = new X509Certificate(pemEncodedCertificate)
  expect(Date.parse(certificate.validTo)).toBe(Math.floor(expirationDate!.getTime() / 1_000) * 1_000)
  await expect(show('missing')).rejects.toMatchObject({ name: 'NotFoundException' })
  expect((await show(clientCertificateId)).clientCertificateId).toBe(clientCertificateId)
  expect(await who()).toBe(certificate.fingerprint256)
  await node.restart()
  client = node.client(APIGatewayClient)
  expect(await who()).toBe(certificate.fingerprint256)
  const stage = await client.send(new GetStageCommand({ restApiId: api.id, stageName: 'dev' }))
  expect(stage.clientCertificateId).toBe(clientCertificateId)
  // A test of a method shows the one that it names.
  const tested = { restApiId: api.id, resourceId: api.rootId, httpMethod: 'GET' }
  expect((await client.send(new TestInvokeMethodCommand(tested))).body).toBe('nobody')
  const asked = new TestInvokeMethodCommand({ ...tested, clientCertificateId })
  expect((await client.send(asked)).body).toBe(certificate.fingerprint256)
  // Rather none than a request of which nobody knows who made it.
  await client.send(new DeleteClientCertificateCommand({ clientCertificateId }))
  expect(JSON.parse(await who())).toEqual({ message: 'Internal server error' })
  await show('')
  expect(await who()).toBe('nobody')
})

test('certificates are described, listed by pages, tagged and deleted', async () => {
  const make = async () => (await client.send(new GenerateClientCertificateCommand({}))).clientCertificateId ?? ''
  const ids = [await make(), await make()]
  const clientCertificateId = ids[0]!
  const patchOperations = [{ op: 'replace' as const, path: '/description', value: 'other' }]
  await client.send(new UpdateClientCertificateCommand({ clientCertificateId, patchOperations }))
  const resourceArn = `arn:aws:apigateway:us-east-1::/clientcertificates/${clientCertificateId}`
  await client.send(new TagResourceCommand({ resourceArn, tags: { team: 'a' } }))
  const one = await client.send(new GetClientCertificateCommand({ clientCertificateId }))
  expect(one).toMatchObject({ description: 'other', tags: { team: 'a' } })
  const first = await client.send(new GetClientCertificatesCommand({ limit: 1 }))
  const second = await client.send(new GetClientCertificatesCommand({ limit: 1, position: first.position }))
  const listed = [first, second].flatMap(({ items }) => items?.map((item) => item.clientCertificateId))
  expect([listed.sort(), second.position]).toEqual([ids.sort(), undefined])
  const remove = () => client.send(new DeleteClientCertificateCommand({ clientCertificateId }))
  await remove()
  await expect(remove()).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('there are no SDKs to be made', async () => {
  expect((await client.send(new GetSdkTypesCommand({}))).items).toEqual([])
  await expect(client.send(new GetSdkTypeCommand({ id: 'java' }))).rejects.toMatchObject({ name: 'NotFoundException' })
  const asked = { restApiId: api.id, sdkType: 'java' }
  const get = (stageName: string) => client.send(new GetSdkCommand({ ...asked, stageName }))
  await expect(get('dev')).rejects.toMatchObject({ name: 'BadRequestException' })
  await expect(get('other')).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('the cache of a stage can be emptied: nothing is in it', async () => {
  const flush = (stageName: string) => client.send(new FlushStageCacheCommand({ restApiId: api.id, stageName }))
  await flush('dev')
  await expect(flush('other')).rejects.toMatchObject({ name: 'NotFoundException' })
})
