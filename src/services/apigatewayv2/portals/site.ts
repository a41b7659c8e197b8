import type { Host } from '../../../kernel/host.ts'
import type { HeaderValues, WireRequest, WireResponse } from '../../../kernel/http.ts'
import { contents, front, shownLogo, shownPage, site } from './edition-state.ts'
import { endpointView } from './endpoint-view.ts'
import { type Frame, framed, type SitePage } from './frame.ts'
import { frontPage, productFront, textPage } from './site-pages.ts'
import { sitePath, sitePrefix } from './site-path.ts'
import { tryItScript } from './try-it.ts'

const nowhere = { account: '', region: '' }

/** Answers as the web site of a portal, to everybody: what is published, or previewed, and nothing else. */
export async function answerPortal(wire: WireRequest, host: Host): Promise<WireResponse> {
  const { method, path, origin } = wire
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Portals are read with GET.', { allow: 'GET, HEAD' })
  const answer = await visit(path.slice(sitePrefix.length), origin, host)
  return method === 'HEAD' ? { ...answer, body: undefined } : answer
}

async function visit(path: string, origin: string, host: Host): Promise<WireResponse> {
  const [, address = '', productId = '', pageId = ''] =
    /^([a-z0-9-]{1,64})(?:\/([a-z0-9]{0,64}))?(?:\/([a-z0-9]{0,64}))?\/?$/.exec(path) ?? []
  return host.records.read(nowhere, async (tx) => {
    const there = await tx.get(site(address))
    if (!there || (there.expiresAtMs ?? Number.POSITIVE_INFINITY) <= host.clock.nowMs())
      return plain(404, 'There is no portal here: it is not published, or its preview has expired.')
    const { edition } = there
    if (productId === 'logo' && pageId === '') return logoAnswer(await tx.get(shownLogo(edition)))
    const known = await tx.get(front(edition))
    if (!known) return missing()
    const frame: Frame = { front: known, base: sitePath(address), isPreview: there.expiresAtMs !== undefined }
    const { title, products } = known
    if (productId === '') return framed(frame, { title, main: frontPage(known, frame.base) })
    const of = products.some(({ id }) => id === productId) ? await tx.get(contents(edition, productId)) : undefined
    if (!of) return missing()
    const wanted = pageId || of.overviewId
    const shown = wanted === undefined ? undefined : await tx.get(shownPage(edition, productId, wanted))
    if (pageId === '') {
      const overview = shown?.kind === 'page' ? shown.page : undefined
      const main = productFront(of, overview, frame.base)
      return framed(frame, { title: `${of.name} – ${title}`, main, of: { contents: of, pageId: undefined } })
    }
    if (!shown) return missing()
    const place: Pick<SitePage, 'of'> = { of: { contents: of, pageId } }
    if (shown.kind === 'page')
      return framed(frame, { title: `${shown.page.title} – ${title}`, main: textPage(shown.page), ...place })
    const withTryIt = shown.page.tryIt && !frame.isPreview
    const main = endpointView(shown.page, origin, withTryIt)
    const script = withTryIt ? tryItScript : undefined
    return framed(frame, { title: `${shown.page.method} ${shown.page.path} – ${title}`, main, script, ...place })
  })
}

/** An image is shown, and nothing in it runs when it is opened by itself. */
function logoAnswer(logo: { readonly type: string; readonly bytes: Uint8Array } | undefined): WireResponse {
  if (!logo) return missing()
  return {
    status: 200,
    headers: {
      'content-type': logo.type,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    },
    body: logo.bytes,
  }
}

function missing(): WireResponse {
  return plain(404, 'This portal has no such page.')
}

function plain(status: number, text: string, headers: HeaderValues = {}): WireResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...headers },
    body: `${text}\n`,
  }
}
