import { type AwsError, awsError, isAwsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { HeaderValues, WireRequest, WireResponse } from '../../kernel/http.ts'
import { anonymous } from '../../kernel/principal.ts'
import { escapeText } from '../../protocol/xml-write.ts'
import { findBucket, noSuchBucket } from './access.ts'
import type { Bucket } from './state.ts'
import { visitorContext } from './visitor.ts'
import type { RoutingRule, Website } from './website-config.ts'

export const websitePrefix = '/_aws/s3-website/'
const nowhere = { account: '', region: '' }

/** Whether a request is for a bucket's website: by its path, or `bucket.s3-website-region.…` as its host. */
export function isForWebsite({ path, headers }: WireRequest): boolean {
  return path.startsWith(websitePrefix) || /\.s3-website[.-]/.test(headers.host ?? '')
}

export function websiteBucket(wire: WireRequest): string {
  return address(wire).name
}

interface Site {
  readonly wire: WireRequest
  readonly host: Host
  readonly bucket: Bucket
  readonly website: Website
  /** The key that the path says, before an index document is added. */
  readonly key: string
  /** What the site's own paths begin with: empty where the host names the bucket. */
  readonly base: string
}

/**
 * Answers as a bucket's website: index and error documents, redirects of rules and objects. Everybody is anonymous
 * here, so that only what is public is shown.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
 */
export async function answerWebsite(wire: WireRequest, host: Host): Promise<WireResponse> {
  try {
    if (wire.method !== 'GET' && wire.method !== 'HEAD') {
      throw awsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', { status: 405 })
    }
    const { name, base, path } = address(wire)
    const bucket = await host.records.read(nowhere, (tx) => findBucket(tx, name))
    if (!bucket) throw noSuchBucket(name)
    const { website } = bucket
    if (!website) {
      throw awsError('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration', {
        status: 404,
        members: { BucketName: name },
      })
    }
    return await visit({ wire, host, bucket, website, base, key: decode(path) })
  } catch (error) {
    if (!isAwsError(error)) throw error
    return errorPage(wire, error)
  }
}

function address({ path, headers }: WireRequest): { name: string; base: string; path: string } {
  if (!path.startsWith(websitePrefix)) {
    const name = /^(.+)\.s3-website[.-]/.exec((headers.host ?? '').toLowerCase())?.[1] ?? ''
    return { name, base: '', path: path.slice(1) }
  }
  const rest = path.slice(websitePrefix.length)
  const slash = rest.indexOf('/')
  const name = slash === -1 ? rest : rest.slice(0, slash)
  return { name, base: `${websitePrefix}${name}`, path: slash === -1 ? '' : rest.slice(slash + 1) }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw awsError('InvalidURI', "Couldn't parse the specified URI.", { status: 400 })
  }
}

async function visit(site: Site): Promise<WireResponse> {
  const { website, key } = site
  if (website.redirectAll) {
    const { hostName, protocol = protocolOf(site) } = website.redirectAll
    return redirect(301, `${protocol}://${hostName}/${encodeKey(key)}`)
  }
  const early = website.rules?.find((rule) => rule.errorCode === undefined && key.startsWith(rule.keyPrefix ?? ''))
  if (early) return byRule(site, early)
  const suffix = website.indexSuffix ?? ''
  const wanted = key === '' || key.endsWith('/') ? key + suffix : key
  try {
    return await page(site, wanted, 200)
  } catch (error) {
    if (!isAwsError(error) || error.status === 304) throw error
    const status = error.status ?? 403
    const rule = website.rules?.find((one) => one.errorCode === String(status) && key.startsWith(one.keyPrefix ?? ''))
    if (rule) return byRule(site, rule)
    // A folder without its slash.
    if (wanted === key && (await exists(site, `${key}/${suffix}`)))
      return redirect(302, `${site.base}/${encodeKey(key)}/`)
    if (website.errorKey === undefined) throw error
    return page(site, website.errorKey, status).catch(() => {
      throw error
    })
  }
}

interface Read {
  readonly Body?: AsyncIterable<Uint8Array> | Uint8Array
  readonly WebsiteRedirectLocation?: string
  readonly ContentLength?: number
  readonly LastModified?: Date
  readonly Expires?: Date
  readonly Metadata?: Record<string, string>
  readonly [member: string]: unknown
}

/** An object as anybody gets it. */
async function page(site: Site, key: string, status: number): Promise<WireResponse> {
  const { wire, host, bucket } = site
  const conditions = status === 200 ? conditionsOf(wire) : {}
  const read = await host.invoke<Read>(
    wire.method === 'HEAD' ? 's3:HeadObject' : 's3:GetObject',
    { Bucket: bucket.name, Key: key, ...conditions },
    {
      as: anonymous,
      scope: { account: '', region: bucket.region },
      context: visitorContext(wire),
    },
  )
  const to = read.WebsiteRedirectLocation
  if (to !== undefined && status === 200) return redirect(301, to.startsWith('/') ? site.base + to : to)
  const partial = read.ContentRange !== undefined
  return {
    status: partial ? 206 : status,
    headers: headersOf(read),
    body: wire.method === 'HEAD' ? undefined : read.Body,
  }
}

async function exists(site: Site, key: string): Promise<boolean> {
  const head = { ...site, wire: { ...site.wire, method: 'HEAD', headers: {} } }
  return page(head, key, 200).then(
    () => true,
    () => false,
  )
}

function conditionsOf({ headers }: WireRequest): Record<string, unknown> {
  const since = new Date(headers['if-modified-since'] ?? Number.NaN)
  return {
    ...(headers.range !== undefined && { Range: headers.range }),
    ...(headers['if-none-match'] !== undefined && { IfNoneMatch: headers['if-none-match'] }),
    ...(headers['if-match'] !== undefined && { IfMatch: headers['if-match'] }),
    ...(!Number.isNaN(since.getTime()) && { IfModifiedSince: since }),
  }
}

const told = {
  ETag: 'etag',
  ContentType: 'content-type',
  ContentRange: 'content-range',
  AcceptRanges: 'accept-ranges',
  CacheControl: 'cache-control',
  ContentDisposition: 'content-disposition',
  ContentEncoding: 'content-encoding',
  ContentLanguage: 'content-language',
} as const

function headersOf(read: Read): HeaderValues {
  const headers: HeaderValues = {}
  for (const [member, name] of Object.entries(told)) {
    const value = read[member]
    if (typeof value === 'string') headers[name] = Buffer.from(value).toString('latin1')
  }
  if (read.ContentLength !== undefined) headers['content-length'] = String(read.ContentLength)
  if (read.LastModified) headers['last-modified'] = read.LastModified.toUTCString()
  if (read.Expires) headers.expires = read.Expires.toUTCString()
  for (const [name, value] of Object.entries(read.Metadata ?? {}))
    headers[`x-amz-meta-${name}`] = Buffer.from(value).toString('latin1')
  return headers
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html */
function byRule(site: Site, { keyPrefix = '', redirect: to }: RoutingRule): WireResponse {
  const { key, wire, base } = site
  const next = to.replaceKey ?? (to.replacePrefix === undefined ? key : to.replacePrefix + key.slice(keyPrefix.length))
  const own = to.hostName === undefined
  const origin = `${to.protocol ?? protocolOf(site)}://${to.hostName ?? wire.headers.host ?? ''}`
  return redirect(Number(to.httpCode ?? 301), `${origin}${own ? base : ''}/${encodeKey(next)}`)
}

function protocolOf({ wire }: Site): string {
  return wire.origin.startsWith('https:') ? 'https' : 'http'
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

function redirect(status: number, location: string): WireResponse {
  return { status, headers: { location }, body: '' }
}

function errorPage({ method }: WireRequest, error: AwsError): WireResponse {
  const status = error.status ?? 403
  if (status === 304) return { status, headers: { ...error.headers } }
  const title = `${status} ${error.code}`
  const items = Object.entries({ Code: error.code, Message: error.message, ...error.members })
  const list = items.map(([name, value]) => `<li>${escapeText(name)}: ${escapeText(String(value))}</li>`).join('\n')
  const html = `<!doctype html>\n<html><head><title>${title}</title></head>\n<body><h1>${title}</h1>\n<ul>\n${list}\n</ul>\n</body></html>\n`
  return {
    status,
    headers: { ...error.headers, 'content-type': 'text/html; charset=utf-8', 'x-amz-error-code': error.code },
    body: method === 'HEAD' ? undefined : html,
  }
}
