import { text } from '../../../gateway/openapi.ts'
import type { JobCtx } from '../../../kernel/delivery.ts'
import type { Key } from '../../../kernel/records.ts'
import { badRequest } from '../find.ts'
import { type Contents, type ShownPage, shownPage } from './edition-state.ts'
import { operationOf } from './endpoint-descriptions.ts'
import { outcomeOf } from './endpoint-job.ts'
import { findProduct, type ProductAddress } from './find.ts'
import { type EndpointPage, endpointPage, type PortalProduct, type ProductPage, productPage } from './state.ts'

interface Shown {
  readonly contents: Contents
  /** What is to be written of its pages. */
  readonly pages: (edition: string) => [key: Key<ShownPage>, page: ShownPage][]
}

/**
 * What an edition has of a product: the pages that its display order names, as they are now. `read` has what their APIs
 * say read anew; without it (a product of another account, whose APIs are not the publisher's) it is as last read.
 * Throws BadRequestException when a method is not there (any more).
 */
export async function showProduct(
  { id, account }: ProductAddress,
  read: ((page: EndpointPage) => Promise<string>) | undefined,
  { host, scope }: JobCtx,
): Promise<Shown> {
  const owner = { account, region: scope.region }
  const { one, pages, endpoints } = await host.records.read(owner, async (tx) => {
    const one = await findProduct(tx, id)
    const order = one.displayOrder ?? {}
    const ids = (arns: readonly string[]) => arns.map((arn) => arn.slice(arn.lastIndexOf('/') + 1))
    const overview = order.OverviewPageArn === undefined ? [] : [order.OverviewPageArn]
    const sections = order.Contents ?? []
    const arns = sections.flatMap(({ ProductRestEndpointPageArns: named = [] }) => named)
    return {
      one,
      pages: await tx.getMany(
        ids([...overview, ...(order.ProductPageArns ?? [])]).map((page) => productPage(id, page)),
      ),
      endpoints: await tx.getMany(ids(arns).map((page) => endpointPage(id, page))),
    }
  })
  const known = new Map<string, EndpointPage>()
  for (const page of endpoints) if (page) known.set(page.id, await current(page, read))
  if (read) await keepRead(id, [...known.values()], host, owner)
  const texts = pages.filter((page) => page !== undefined)
  return {
    contents: contentsOf(one, texts, known),
    pages: (edition) => [
      ...texts.map((page) => entry(edition, id, { kind: 'page', page })),
      ...[...known.values()].map((page) => entry(edition, id, { kind: 'endpoint', page })),
    ],
  }
}

function entry(edition: string, productId: string, page: ShownPage): [Key<ShownPage>, ShownPage] {
  return [shownPage(edition, productId, page.page.id), page]
}

async function current(
  page: EndpointPage,
  read: ((page: EndpointPage) => Promise<string>) | undefined,
): Promise<EndpointPage> {
  const now = read ? { ...page, ...(await outcomeOf(page, read)) } : page
  if (now.status === 'AVAILABLE') return now
  const why = now.exception?.message ?? 'It was not read yet.'
  throw badRequest(`The page of ${page.method} ${page.path.slice(0, 300)} (${page.id}) has nothing to show. ${why}`)
}

/** What was read is what the pages say from now on, unless they were changed since. */
async function keepRead(
  productId: string,
  pages: readonly EndpointPage[],
  host: JobCtx['host'],
  owner: JobCtx['scope'],
): Promise<void> {
  await host.records.write(owner, async (tx) => {
    for (const page of pages) {
      const now = await tx.get(endpointPage(productId, page.id))
      if (now?.modifiedAtMs === page.modifiedAtMs) tx.set(endpointPage(productId, page.id), page)
    }
  })
}

function contentsOf(one: PortalProduct, pages: ProductPage[], endpoints: ReadonlyMap<string, EndpointPage>): Contents {
  const idOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1)
  const overview = one.displayOrder?.OverviewPageArn
  const overviewId = overview === undefined ? undefined : idOf(overview)
  const sections = (one.displayOrder?.Contents ?? []).map(({ SectionName: name = '', ...section }) => ({
    name,
    endpoints: (section.ProductRestEndpointPageArns ?? []).flatMap((arn) => {
      const page = endpoints.get(idOf(arn))
      return page ? [{ id: page.id, method: page.method, name: nameOf(page) }] : []
    }),
  }))
  return {
    id: one.id,
    name: one.displayName,
    description: one.description,
    overviewId,
    pages: pages.flatMap(({ id, title }) => (id === overviewId ? [] : [{ id, title }])),
    sections,
  }
}

/** What a page is called: by default the path of its method. */
export function nameOf(page: EndpointPage): string {
  return page.overrides?.operationName ?? text(operationOf(page).operation.operationId) ?? page.path
}
