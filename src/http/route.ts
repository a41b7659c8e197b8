import type { IncomingHttpHeaders } from 'node:http'
import type { Directory } from '../kernel/directory.ts'
import type { ServiceEntry } from '../kernel/service.ts'

export interface Routed {
  readonly entry: ServiceEntry
  readonly entrance: boolean
  /** The path, with the bucket of a virtual-host name put in front. */
  readonly path: string
}

export interface Addressed {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: IncomingHttpHeaders
  readonly hostname: string
}

/**
 * Finds the service a request is for, without reading its body: an entrance's path or host, `X-Amz-Target`,
 * the rpc path, the signature's scope, else S3, whose anonymous requests carry no sign of their service.
 */
export function route(directory: Directory, request: Addressed): Routed | undefined {
  const { path, query, headers, hostname } = request
  const entrance = directory.byEntrance(path, hostname)
  if (entrance) return { entry: entrance.entry, entrance: true, path }

  const target = headers['x-amz-target']
  if (typeof target === 'string') {
    const entry = directory.byTarget(target.slice(0, target.lastIndexOf('.')))
    if (entry) return { entry, entrance: false, path }
  }
  if (path.startsWith('/service/')) {
    const entry = directory.byRpcName(path.slice(9, path.indexOf('/', 9)))
    if (entry) return { entry, entrance: false, path }
  }
  const name = signingName(headers.authorization, query)
  if (name !== undefined) {
    const entry = directory.bySigningName(name, path)
    return entry && { entry, entrance: false, path: entry.catchAll ? withBucket(path, hostname) : path }
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded') && path === '/') {
    const entry = directory.byQueryVersion(new URLSearchParams(query).get('Version') ?? '')
    if (entry) return { entry, entrance: false, path }
  }
  const entry = directory.catchAll
  const isForm = request.method === 'POST' && headers['content-type']?.startsWith('multipart/form-data') === true
  return entry && { entry, entrance: isForm, path: withBucket(path, hostname) }
}

/** The service in the credential scope (`…/20260101/us-east-1/sqs/aws4_request`); S3 for its older signatures. */
export function signingName(authorization: string | undefined, query: string): string | undefined {
  if (authorization?.startsWith('AWS4-')) return scopeService(/Credential=([^,\s]+)/.exec(authorization)?.[1])
  if (authorization?.startsWith('AWS ')) return 's3'
  const credential = /(?:^|&)X-Amz-Credential=([^&]+)/.exec(query)?.[1]
  if (credential) return scopeService(credential.replaceAll(/%2f/gi, '/'))
  if (/(?:^|&)AWSAccessKeyId=/.test(query) && /(?:^|&)Signature=/.test(query)) return 's3'
  return undefined
}

function scopeService(credential: string | undefined): string | undefined {
  // Counted from the end: an access key may hold a slash.
  return credential?.split('/').at(-2)
}

const bucketHosts = [/^(.+)\.s3[.-][a-z0-9.-]+$/, /^(.+)\.localhost$/]

/** Moves the bucket of a virtual-host request into the path: `b.s3.localhost/k` and `b.localhost/k` are `/b/k`. */
export function withBucket(path: string, hostname: string): string {
  if (hostname.startsWith('s3.') || hostname.startsWith('s3-')) return path
  for (const pattern of bucketHosts) {
    const bucket = pattern.exec(hostname)?.[1]
    if (bucket && bucket !== 's3') return `/${bucket}${path}`
  }
  return path
}
