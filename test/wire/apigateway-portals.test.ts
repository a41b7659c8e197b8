import { setTimeout as sleep } from 'node:timers/promises'
import { APIGatewayClient, CreateDocumentationPartCommand } from '@aws-sdk/client-api-gateway'
import {
  ApiGatewayV2Client,
  CreatePortalCommand,
  CreatePortalProductCommand,
  CreateProductPageCommand,
  CreateProductRestEndpointPageCommand,
  DeletePortalCommand,
  DeletePortalProductCommand,
  DeletePortalProductSharingPolicyCommand,
  DeleteProductPageCommand,
  DeleteProductRestEndpointPageCommand,
  DisablePortalCommand,
  GetPortalCommand,
  GetPortalProductCommand,
  GetPortalProductSharingPolicyCommand,
  GetProductPageCommand,
  GetProductRestEndpointPageCommand,
  GetTagsCommand,
  ListPortalProductsCommand,
  ListPortalsCommand,
  ListProductPagesCommand,
  ListProductRestEndpointPagesCommand,
  PreviewPortalCommand,
  PublishPortalCommand,
  PutPortalProductSharingPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePortalCommand,
  UpdatePortalProductCommand,
  UpdateProductPageCommand,
  UpdateProductRestEndpointPageCommand,
} from '@aws-sdk/client-apigatewayv2'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as editions from '../../src/services/apigatewayv2/portals/edition-state.ts'
import { ensureAdministrator } from '../../src/services/iam/bootstrap.ts'
import { startNode, type TestNode } from '../harness.ts'
import { CustomColors, deployedPets, portalOf, showDocumentation } from './apigateway-portals-support.ts'

let node: TestNode
let rest: APIGatewayClient
let client: ApiGatewayV2Client
let restApiId: string

beforeAll(async () => {
  node = await startNode()
  connect()
  restApiId = await deployedPets(rest)
})
afterAll(() => node.close())

function connect(): void {
  rest = node.client(APIGatewayClient)
  client = node.client(ApiGatewayV2Client)
}

/** Asks until it is so. */
async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    node.clock.advance(500)
    await sleep(10)
  }
}
const settled = (PortalId: string) =>
  until(
    () => client.send(new GetPortalCommand({ PortalId })),
    ({ PublishStatus = '', Preview }) =>
      ![PublishStatus, Preview?.PreviewStatus ?? ''].some((one) => /PROGRESS/.test(one)),
  )
const publish = async (PortalId: string, Description?: string) => {
  await client.send(new PublishPortalCommand({ PortalId, Description }))
  return settled(PortalId)
}
const siteOf = (id: string) => `${node.endpoint}/_aws/api-portal/${id}`
const open = async (url: string) => {
  const answer = await fetch(url)
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const read = (PortalProductId: string, ProductRestEndpointPageId: string) =>
  until(
    () =>
      client.send(
        new GetProductRestEndpointPageCommand({
          PortalProductId,
          ProductRestEndpointPageId,
          IncludeRawDisplayContent: 'true',
        }),
      ),
    ({ Status }) => Status !== 'IN_PROGRESS',
  )

/** A product with an overview, a page, and two methods, all shown. */
async function makeProduct(DisplayName: string) {
  const { PortalProductId = '', PortalProductArn = '' } = await client.send(
    new CreatePortalProductCommand({ DisplayName, Description: 'All about <pets>' }),
  )
  const page = (Title: string, Body: string) =>
    client.send(new CreateProductPageCommand({ PortalProductId, DisplayContent: { Title, Body } }))
  const endpoint = (Method: string, Path: string, more: object = {}) =>
    client.send(
      new CreateProductRestEndpointPageCommand({
        PortalProductId,
        RestEndpointIdentifier: { IdentifierParts: { RestApiId: restApiId, Stage: 'prod', Method, Path } },
        ...more,
      }),
    )
  const overview = await page('Pets at a glance', 'Everything **about** pets')
  const terms = await page(
    'Terms',
    '# Terms\n\nhttps://example.com/a <b onclick=x>bold</b> [no](javascript:alert(1)) ![cat](https://example.com/cat.png)\n\n| n |\n|--:|\n| 1 |',
  )
  const get = await endpoint('GET', '/pets/{id}', { TryItState: 'ENABLED' })
  const post = await endpoint('POST', '/pets', {
    DisplayContent: { Overrides: { OperationName: 'Add a pet', Body: 'Adds *one*' } },
  })
  await client.send(
    new UpdatePortalProductCommand({
      PortalProductId,
      DisplayOrder: {
        OverviewPageArn: overview.ProductPageArn,
        ProductPageArns: [terms.ProductPageArn!],
        Contents: [
          {
            SectionName: 'Animals',
            ProductRestEndpointPageArns: [get.ProductRestEndpointPageArn!, post.ProductRestEndpointPageArn!],
          },
        ],
      },
    }),
  )
  return {
    PortalProductId,
    PortalProductArn,
    terms: terms.ProductPageId!,
    overview,
    get: get.ProductRestEndpointPageId!,
    post: post.ProductRestEndpointPageId!,
  }
}

test('a published portal is a web site of its products, pages and methods, as they were then', async () => {
  const product = await makeProduct('Pets & more')
  const { PortalProductId: id } = product
  const made = await client.send(
    new CreatePortalCommand(portalOf('Pet <portal>', { IncludedPortalProductArns: [product.PortalProductArn] })),
  )
  const PortalId = made.PortalId!
  expect(made).toMatchObject({ PublishStatus: 'DISABLED', PortalArn: expect.stringContaining(`:/portals/${PortalId}`) })
  expect(made.EndpointConfiguration!.PortalDefaultDomainName).toBe(siteOf(PortalId).slice('http://'.length))
  expect((await open(siteOf(PortalId))).status).toBe(404)

  const published = await publish(PortalId, 'the first')
  expect(published).toMatchObject({ PublishStatus: 'PUBLISHED', LastPublishedDescription: 'the first' })
  const front = await open(siteOf(PortalId))
  expect(front.status).toBe(200)
  expect(front.text).toContain('Pet &lt;portal&gt;')
  expect(front.text).toContain('#10243e')
  expect(front.text).toContain(`href="/_aws/api-portal/${PortalId}/${id}"`)
  const policy = front.headers.get('content-security-policy')
  expect(policy).toMatch(/^default-src 'none'; .*style-src 'sha256-/)
  expect(policy).not.toMatch(/unsafe|script-src|https?:/)

  const overview = await open(`${siteOf(PortalId)}/${id}`)
  expect(overview.text).toContain('Everything <strong>about</strong> pets')
  expect(overview.text).toContain('All about &lt;pets&gt;')
  expect(overview.text).toContain('Add a pet')
  const terms = await open(`${siteOf(PortalId)}/${id}/${product.terms}`)
  expect(terms.text).toContain('<h1>Terms</h1>')
  expect(terms.text).toContain('&lt;b onclick=x&gt;bold')
  // Styles of their own are what the page's policy forbids.
  expect(terms.text).toContain('<td class="right">1</td>')
  expect(terms.text).not.toContain('style="')
  expect(terms.text).toContain('href="https://example.com/a"')
  expect(terms.text).not.toMatch(/href="javascript|<img|<b /)

  const get = await open(`${siteOf(PortalId)}/${id}/${product.get}`)
  expect(get.text).toContain('Finds a pet <em>by its id</em> &lt;script&gt;')
  expect(get.text).toContain(`${node.endpoint}/_aws/execute-api/${restApiId}/prod/pets/{id}`)
  for (const part of [
    'Whether to tell more',
    'An animal &amp; more',
    'id="model-Owner"',
    'href="#model-Pet"',
    'id="try"',
  ])
    expect(get.text).toContain(part)
  expect(get.text).not.toContain('Unused')
  expect(get.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[^;]*; connect-src 'self';/)
  const post = await open(`${siteOf(PortalId)}/${id}/${product.post}`)
  expect(post.text).toContain('Adds <em>one</em>')
  expect(post.text).toContain('x-api-key')
  expect(post.text).not.toContain('id="try"')
  const { RawDisplayContent = '' } = await read(id, product.post)
  expect(JSON.parse(RawDisplayContent).paths['/pets'].post.description).toBe('of all that say nothing nearer')

  // What is changed is shown by the next publication, and no draft ever.
  const { PortalContent } = portalOf('Renamed')
  await client.send(new UpdatePortalCommand({ PortalId, PortalContent }))
  const DisplayContent = { Title: 'New terms', Body: 'New' }
  await client.send(new UpdateProductPageCommand({ PortalProductId: id, ProductPageId: product.terms, DisplayContent }))
  await client.send(
    new CreateProductPageCommand({ PortalProductId: id, DisplayContent: { Title: 'Draft', Body: 'Not yet' } }),
  )
  const location = { type: 'METHOD' as const, path: '/pets', method: 'POST' }
  await rest.send(new CreateDocumentationPartCommand({ restApiId, location, properties: '{"summary":"Newly said"}' }))
  await showDocumentation(rest, restApiId, 'v2')
  expect((await open(siteOf(PortalId))).text).not.toContain('Renamed')
  expect((await open(`${siteOf(PortalId)}/${id}/${product.terms}`)).text).toContain('<h1>Terms</h1>')
  // What was begun is gone on with by the next node.
  await client.send(new PublishPortalCommand({ PortalId }))
  await node.restart()
  connect()
  expect(await settled(PortalId)).toMatchObject({ PublishStatus: 'PUBLISHED' })
  expect((await open(`${siteOf(PortalId)}/`)).text).toContain('Renamed')
  const changed = await open(`${siteOf(PortalId)}/${id}`)
  expect(changed.text).toContain('New terms')
  expect(changed.text).not.toContain('Draft')
  expect((await open(`${siteOf(PortalId)}/${id}/${product.post}`)).text).toContain('Newly said')
  for (const missing of [
    `/${id}/nothing000`,
    '/nothing000',
    '/logo',
    '/../x',
    `/${'x'.repeat(3_000)}`,
    `/${id}/${product.get}/x`,
  ])
    expect((await open(siteOf(PortalId) + missing)).status).toBe(404)
  expect((await fetch(siteOf(PortalId), { method: 'POST' })).status).toBe(405)

  // A published portal is disabled before it goes.
  const early = client.send(new DeletePortalCommand({ PortalId }))
  await expect(early).rejects.toMatchObject({
    name: 'BadRequestException',
    message: expect.stringContaining('Disable'),
  })
  await client.send(new DisablePortalCommand({ PortalId }))
  expect((await open(siteOf(PortalId))).status).toBe(404)
  expect(await settled(PortalId)).toMatchObject({ PublishStatus: 'DISABLED' })
  expect(await publish(PortalId)).toMatchObject({ PublishStatus: 'PUBLISHED' })
  expect((await open(siteOf(PortalId))).status).toBe(200)
  await client.send(new DisablePortalCommand({ PortalId }))
  await settled(PortalId)
  await client.send(new DeletePortalCommand({ PortalId }))
  await client.send(new DeletePortalCommand({ PortalId }))
  await expect(client.send(new GetPortalCommand({ PortalId }))).rejects.toMatchObject({ name: 'NotFoundException' })
  // Nothing of any of the editions is left.
  const kept = () =>
    node.node.host.records.read({ account: '', region: '' }, async (tx) => {
      const keys: unknown[] = []
      for (const range of Object.values(editions).map((record) => record.under()))
        for await (const key of tx.keys<unknown, readonly string[]>(range)) keys.push(key)
      return keys
    })
  expect(await until(kept, (keys) => keys.length === 0)).toEqual([])
})

test('a preview has an address that nobody guesses, without try it, and that expires', async () => {
  const product = await makeProduct('Previewed')
  const included = { IncludedPortalProductArns: [product.PortalProductArn] }
  const { PortalId = '' } = await client.send(new CreatePortalCommand(portalOf('Preview', included)))
  await client.send(new PreviewPortalCommand({ PortalId }))
  const { Preview, PublishStatus } = await settled(PortalId)
  expect({ status: Preview?.PreviewStatus, PublishStatus }).toEqual({
    status: 'PREVIEW_READY',
    PublishStatus: 'DISABLED',
  })
  const url = Preview?.PreviewUrl ?? ''
  expect(url).toMatch(/\/_aws\/api-portal\/preview-[a-z0-9]{32}\/$/)
  const get = await open(`${url}${product.PortalProductId}/${product.get}`)
  expect(get.text).toContain('This is a preview')
  expect(get.text).not.toContain('id="try"')
  expect(get.headers.get('cache-control')).toBe('no-store')
  expect((await open(siteOf(PortalId))).status).toBe(404)
  // Another one takes its place.
  await client.send(new PreviewPortalCommand({ PortalId }))
  expect((await open(url)).status).toBe(404)
  const next = (await settled(PortalId)).Preview?.PreviewUrl ?? ''
  expect((await open(next)).status).toBe(200)
  node.clock.advance(3_600_000)
  expect((await open(next)).status).toBe(404)
  await until(
    () => client.send(new GetPortalCommand({ PortalId })),
    (portal) => portal.Preview === undefined,
  )
  await client.send(new DeletePortalCommand({ PortalId }))
})

test('pages are read, listed, changed and deleted; what an API does not have fails, and says why', async () => {
  const { PortalProductId, PortalProductArn, overview, terms, get } = await makeProduct('Pages')
  const page = { PortalProductId, ProductPageId: overview.ProductPageId! }
  const DisplayContent = { Title: 'Pets at a glance', Body: 'Everything **about** pets' }
  expect(await client.send(new GetProductPageCommand(page))).toMatchObject({ DisplayContent })
  const first = await client.send(new ListProductPagesCommand({ PortalProductId, MaxResults: '1' }))
  const second = await client.send(new ListProductPagesCommand({ PortalProductId, NextToken: first.NextToken }))
  expect([...first.Items!, ...second.Items!].map(({ PageTitle }) => PageTitle).sort()).toEqual([
    DisplayContent.Title,
    'Terms',
  ])

  const shown = await read(PortalProductId, get)
  expect(shown).toMatchObject({
    Status: 'AVAILABLE',
    TryItState: 'ENABLED',
    DisplayContent: {
      Endpoint: `${node.endpoint}/_aws/execute-api/${restApiId}/prod`,
      Body: expect.stringContaining('Finds a pet'),
    },
  })
  expect(Object.keys(JSON.parse(shown.RawDisplayContent!).paths)).toEqual(['/pets/{id}'])
  const one = { PortalProductId, ProductRestEndpointPageId: get }
  const Overrides = { Endpoint: 'https://api.example.com/v1', OperationName: 'Find' }
  const overridden = { ...one, DisplayContent: { Overrides }, TryItState: 'DISABLED' as const }
  expect(await client.send(new UpdateProductRestEndpointPageCommand(overridden))).toMatchObject({
    DisplayContent: Overrides,
  })
  expect(await read(PortalProductId, get)).toMatchObject({ TryItState: 'DISABLED', DisplayContent: Overrides })
  const { Items } = await client.send(new ListProductRestEndpointPagesCommand({ PortalProductId }))
  expect(Items).toContainEqual(expect.objectContaining({ ProductRestEndpointPageId: get, OperationName: 'Find' }))
  await client.send(new DeleteProductPageCommand({ PortalProductId, ProductPageId: terms }))
  await client.send(new DeleteProductRestEndpointPageCommand(one))
  const { DisplayOrder } = await client.send(new GetPortalProductCommand({ PortalProductId }))
  expect(DisplayOrder).toMatchObject({ ProductPageArns: [], Contents: [{ SectionName: 'Animals' }] })
  expect(DisplayOrder!.Contents![0]!.ProductRestEndpointPageArns).toHaveLength(1)

  const IdentifierParts = { RestApiId: restApiId, Stage: 'prod', Method: 'DELETE', Path: '/pets' }
  const RestEndpointIdentifier = { IdentifierParts }
  const missing = await client.send(
    new CreateProductRestEndpointPageCommand({ PortalProductId, RestEndpointIdentifier }),
  )
  expect(missing.Status).toBe('IN_PROGRESS')
  const failed = await read(PortalProductId, missing.ProductRestEndpointPageId!)
  expect(failed).toMatchObject({ Status: 'FAILED', StatusException: { Message: expect.stringContaining('DELETE') } })
  const Contents = [{ SectionName: 'Bad', ProductRestEndpointPageArns: [failed.ProductRestEndpointPageArn!] }]
  await client.send(new UpdatePortalProductCommand({ PortalProductId, DisplayOrder: { Contents } }))
  const included = { IncludedPortalProductArns: [PortalProductArn] }
  const { PortalId = '' } = await client.send(new CreatePortalCommand(portalOf('Failing', included)))
  expect(await publish(PortalId)).toMatchObject({
    PublishStatus: 'PUBLISH_FAILED',
    StatusException: { Exception: 'BadRequestException', Message: expect.stringContaining('DELETE /pets') },
  })
  await client.send(new PreviewPortalCommand({ PortalId }))
  const { Preview } = await settled(PortalId)
  expect(Preview).toMatchObject({
    PreviewStatus: 'PREVIEW_FAILED',
    StatusException: { Exception: 'BadRequestException' },
  })
  await client.send(new UpdatePortalProductCommand({ PortalProductId, DisplayOrder: {} }))
  expect(await publish(PortalId)).toMatchObject({ PublishStatus: 'PUBLISHED' })
  await client.send(new DeletePortalProductCommand({ PortalProductId }))
  // What is published stays, and cannot be published again.
  expect((await open(`${siteOf(PortalId)}/${PortalProductId}`)).status).toBe(200)
  expect(await publish(PortalId)).toMatchObject({ PublishStatus: 'PUBLISH_FAILED' })
  expect((await open(siteOf(PortalId))).status).toBe(200)
  await expect(client.send(new GetProductPageCommand(page))).rejects.toMatchObject({ name: 'NotFoundException' })
})

test('a logo is an image of a bucket, read as the caller', async () => {
  const s3 = node.client(S3Client)
  await s3.send(new CreateBucketCommand({ Bucket: 'logos' }))
  const put = (Key: string, Body: string | Buffer) => s3.send(new PutObjectCommand({ Bucket: 'logos', Key, Body }))
  const svg = '<!-- of ours --><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
  await put('logo.svg', svg)
  await put('page.html', '<html><svg></svg></html>')
  await put('large.png', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(210_000)]))
  // What only begins like an image is none, nor is one of no size, or that never ends.
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  await put('real.png', png)
  await put('short.png', png.subarray(0, 8))
  await put('flat.png', Buffer.concat([png.subarray(0, 16), Buffer.alloc(4), png.subarray(20)]))
  await put('open.svg', '<svg xmlns="http://www.w3.org/2000/svg">')
  await client.send(new CreatePortalCommand(portalOf('Png', { LogoUri: 's3://logos/real.png' })))
  for (const LogoUri of [
    ...['short.png', 'flat.png', 'open.svg'].map((name) => `s3://logos/${name}`),
    's3://logos/page.html',
    's3://logos/large.png',
    's3://logos/none',
    'https://example.com/a.png',
  ])
    await expect(client.send(new CreatePortalCommand(portalOf('Logo', { LogoUri })))).rejects.toMatchObject({
      name: 'BadRequestException',
    })
  const made = await client.send(new CreatePortalCommand(portalOf('Logo', { LogoUri: 's3://logos/logo.svg' })))
  expect(made.PortalContent!.Theme!.LogoLastUploaded).toBeInstanceOf(Date)
  const PortalId = made.PortalId!
  await publish(PortalId)
  expect((await open(siteOf(PortalId))).text).toContain(`<img src="/_aws/api-portal/${PortalId}/logo"`)
  const logo = await open(`${siteOf(PortalId)}/logo`)
  expect(logo.text).toBe(svg)
  expect(logo.headers.get('content-type')).toBe('image/svg+xml')
  expect(logo.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/)
  const gone = await client.send(new UpdatePortalCommand({ PortalId, LogoUri: '' }))
  expect(gone.PortalContent!.Theme!.LogoLastUploaded).toBeUndefined()
  await publish(PortalId)
  expect((await open(`${siteOf(PortalId)}/logo`)).status).toBe(404)
})

test('products are listed, tagged and shared by policies', async () => {
  const Tags = { team: 'a' }
  const { PortalProductId = '', PortalProductArn: ResourceArn = '' } = await client.send(
    new CreatePortalProductCommand({ DisplayName: 'Tagged', Tags }),
  )
  await client.send(new TagResourceCommand({ ResourceArn, Tags: { more: 'b' } }))
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['team'] }))
  expect((await client.send(new GetTagsCommand({ ResourceArn }))).Tags).toEqual({ more: 'b' })
  const { Items } = await client.send(new ListPortalProductsCommand({ ResourceOwner: 'SELF' }))
  expect(Items).toContainEqual(expect.objectContaining({ PortalProductId, Tags: { more: 'b' } }))
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: '111111111111' }, Action: 'apigateway:Get*', Resource: ResourceArn },
    ],
  })
  const policy = { PortalProductId }
  await expect(client.send(new GetPortalProductSharingPolicyCommand(policy))).rejects.toMatchObject({
    name: 'NotFoundException',
  })
  await client.send(new PutPortalProductSharingPolicyCommand({ ...policy, PolicyDocument }))
  expect(await client.send(new GetPortalProductSharingPolicyCommand(policy))).toMatchObject({ PolicyDocument })
  await client.send(new DeletePortalProductSharingPolicyCommand(policy))
  await expect(client.send(new GetPortalProductSharingPolicyCommand(policy))).rejects.toThrow()
  const wrong = [
    client.send(new PutPortalProductSharingPolicyCommand({ ...policy, PolicyDocument: '{}' })),
    client.send(new ListPortalProductsCommand({ ResourceOwner: 'OTHER_ACCOUNTS' })),
    client.send(
      new UpdatePortalProductCommand({ PortalProductId, DisplayOrder: { ProductPageArns: [`${ResourceArn}/x`] } }),
    ),
  ]
  for (const one of await Promise.allSettled(wrong))
    expect(one).toMatchObject({ status: 'rejected', reason: { name: 'BadRequestException' } })
})

test('what a portal cannot be is refused by name', async () => {
  const cognito = { AppClientId: 'a', UserPoolArn: 'u'.repeat(20), UserPoolDomain: 'd'.repeat(20) }
  const certificate = { AcmManaged: { CertificateArn: 'c'.repeat(20), DomainName: 'example.com' } }
  const colors = { ...CustomColors, TextColor: 'red;}' }
  const none = 'arn:aws:apigateway:us-east-1:000000000000:/portalproducts/none000000'
  const refused: [object, string][] = [
    [{ Authorization: { CognitoConfig: cognito } }, 'CognitoConfig'],
    [{ Authorization: {} }, 'Authorization'],
    [{ EndpointConfiguration: certificate }, 'AcmManaged'],
    [{ RumAppMonitorName: 'monitor' }, 'RumAppMonitorName'],
    [{ PortalContent: { DisplayName: 'Red', Theme: { CustomColors: colors } } }, 'TextColor'],
    [{ IncludedPortalProductArns: [none] }, none],
    [{ IncludedPortalProductArns: ['arn:aws:apigateway:us-east-1::/apis/abcdefghij'] }, 'Invalid portal product ARN'],
  ]
  for (const [more, named] of refused)
    await expect(client.send(new CreatePortalCommand(portalOf('Bad', more)))).rejects.toMatchObject({
      name: 'BadRequestException',
      message: expect.stringContaining(named),
    })
  const nowhere = { PortalId: 'none000000' }
  for (const missing of [
    new GetPortalCommand(nowhere),
    new PublishPortalCommand(nowhere),
    new DisablePortalCommand(nowhere),
  ])
    await expect(client.send(missing as GetPortalCommand)).rejects.toMatchObject({ name: 'NotFoundException' })
  // One publication at a time.
  const { PortalId = '' } = await client.send(new CreatePortalCommand(portalOf('Busy')))
  const begun = await Promise.allSettled([1, 2].map(() => client.send(new PublishPortalCommand({ PortalId }))))
  await settled(PortalId)
  for (const one of begun)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ name: 'ConflictException' })
  expect((await client.send(new ListPortalsCommand({}))).Items?.map((one) => one.PortalId)).toContain(PortalId)
})

test('who has no permission is refused, and a publication reads no more than its publisher may', async () => {
  const iam = node.client(IAMClient)
  const UserName = 'publisher'
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const theirs = node.client(ApiGatewayV2Client, { credentials })
  const { PortalProductArn, PortalProductId } = await makeProduct('Guarded')
  const included = { IncludedPortalProductArns: [PortalProductArn] }
  const { PortalId = '', PortalArn } = await client.send(new CreatePortalCommand(portalOf('Guarded', included)))
  for (const denied of [new PublishPortalCommand({ PortalId }), new GetPortalProductCommand({ PortalProductId })])
    await expect(theirs.send(denied as PublishPortalCommand)).rejects.toMatchObject({ name: 'AccessDeniedException' })
  const allow = (...Statement: object[]) =>
    iam.send(
      new PutUserPolicyCommand({
        ...{ UserName, PolicyName: 'own' },
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    )
  const may = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })
  const publishing = may('apigateway:PublishPortal', PortalArn!)
  await allow(publishing)
  await theirs.send(new PublishPortalCommand({ PortalId }))
  expect(await settled(PortalId)).toMatchObject({ PublishStatus: 'PUBLISH_FAILED' })
  expect((await open(siteOf(PortalId))).status).toBe(404)
  await allow(publishing, may('apigateway:GET', `arn:aws:apigateway:us-east-1::/restapis/${restApiId}/*`))
  await theirs.send(new PublishPortalCommand({ PortalId }))
  expect(await settled(PortalId)).toMatchObject({ PublishStatus: 'PUBLISHED' })
})

test('another account reads a product, and has it in its portal, only while the product is shared with it', async () => {
  const { host } = node.node
  const other = '111111111111'
  const credentials = await ensureAdministrator(host.records, host.ids, other, 0)
  const theirs = node.client(ApiGatewayV2Client, { credentials })
  const { PortalProductArn, PortalProductId, terms, get } = await makeProduct('Shared')
  await read(PortalProductId, get)
  const of = { PortalProductId, ResourceOwnerAccountId: '000000000000' }
  const include = () =>
    theirs.send(new CreatePortalCommand(portalOf('Theirs', { IncludedPortalProductArns: [PortalProductArn] })))
  const denied = { name: 'AccessDeniedException' }
  await expect(theirs.send(new GetPortalProductCommand(of))).rejects.toMatchObject(denied)
  await expect(include()).rejects.toMatchObject(denied)
  const Resource = [PortalProductArn, `${PortalProductArn}/*`]
  const Action = ['apigateway:GetPortalProduct', 'apigateway:GetProductPage', 'apigateway:ListProduct*Pages']
  const Statement = [{ Effect: 'Allow', Principal: { AWS: other }, Action, Resource }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await client.send(new PutPortalProductSharingPolicyCommand({ PortalProductId, PolicyDocument }))
  expect(await theirs.send(new GetPortalProductCommand(of))).toMatchObject({ PortalProductArn, DisplayName: 'Shared' })
  expect(await theirs.send(new GetProductPageCommand({ ...of, ProductPageId: terms }))).toMatchObject({
    ProductPageArn: `${PortalProductArn}/productpages/${terms}`,
  })
  expect((await theirs.send(new ListProductRestEndpointPagesCommand(of))).Items).toHaveLength(2)
  const change = new UpdatePortalProductCommand({ PortalProductId, DisplayName: 'Taken' })
  await expect(theirs.send(change)).rejects.toMatchObject({ name: 'NotFoundException' })
  const { PortalId = '' } = await include()
  const publish = async () => {
    await theirs.send(new PublishPortalCommand({ PortalId }))
    return until(
      () => theirs.send(new GetPortalCommand({ PortalId })),
      ({ PublishStatus = '' }) => !PublishStatus.endsWith('PROGRESS'),
    )
  }
  expect(await publish()).toMatchObject({ PublishStatus: 'PUBLISHED' })
  expect((await open(`${siteOf(PortalId)}/${PortalProductId}/${get}`)).text).toContain('Finds a pet')
  await client.send(new DeletePortalProductSharingPolicyCommand({ PortalProductId }))
  expect(await publish()).toMatchObject({
    PublishStatus: 'PUBLISH_FAILED',
    StatusException: { Exception: 'AccessDeniedException' },
  })
  expect((await open(`${siteOf(PortalId)}/${PortalProductId}/${get}`)).status).toBe(200)
})
