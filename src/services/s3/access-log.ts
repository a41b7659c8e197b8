import type { Ctx } from '../../kernel/context.ts'
import type { WireRequest } from '../../kernel/http.ts'
import type { Answered } from '../../kernel/service.ts'
import { canonicalUserId } from './names.ts'
import { type Bucket, logLine } from './state.ts'

export const accessLogKind = 's3:access-log'
/** Lines are delivered together, when such a span of time is over. */
const windowMs = 300_000

/** The buckets that log their requests, of those that a request was about. */
const logged = new WeakMap<WireRequest, Bucket[]>()

/** Remembers that a request is about a bucket that logs. Costs nothing for all others. */
export function noteLogged(wire: WireRequest | undefined, bucket: Bucket | undefined): void {
  if (!wire || !bucket?.logging) return
  const before = logged.get(wire)
  if (!before) logged.set(wire, [bucket])
  else if (!before.includes(bucket)) before.push(bucket)
}

/**
 * Keeps a line about a request that was answered, if its bucket logs. As the real service's, these records are best
 * effort: the answer does not wait for them, so a node that is killed may lose the last.
 */
export function logAnswered(ctx: Ctx, answered: Answered): void {
  const input = answered.input as { Bucket?: string; Key?: string }
  const bucket = ctx.wire && logged.get(ctx.wire)?.find(({ name }) => name === input.Bucket)
  if (!bucket || !ctx.wire) return
  const { account, region, name } = bucket
  const { host } = ctx
  const atMs = host.clock.nowMs()
  const text = lineOf(bucket, ctx, ctx.wire, input.Key, answered, atMs)
  host.records
    .write({ account, region }, (tx) => {
      tx.append(logLine.under(name), { atMs, text })
      const dueAtMs = (Math.floor(atMs / windowMs) + 1) * windowMs
      host.deliveries.schedule(tx, {
        kind: accessLogKind,
        scope: { account, region },
        key: name,
        data: { name },
        dueAtMs,
      })
    })
    .catch((error: unknown) => host.log.warn('s3.access-not-logged', { bucket: name, error: String(error) }))
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
function lineOf(
  { account, name }: Bucket,
  { principal, requestId, sourceIp, nowMs }: Ctx,
  wire: WireRequest,
  key: string | undefined,
  { operation, status, errorCode, bytesSent, input }: Answered,
  atMs: number,
): string {
  const { headers } = wire
  const byHeader = headers.authorization !== undefined
  const byQuery = /(?:^|&)(?:X-Amz-)?Signature=/.test(wire.query)
  const uri = `${wire.path}${wire.query === '' ? '' : `?${wire.query.replace(secrets, '$1=-')}`}`
  const version = (input as { VersionId?: string }).VersionId
  return [
    canonicalUserId(account),
    name,
    `[${timeOf(nowMs)}]`,
    sourceIp,
    principal.kind === 'anonymous' ? '-' : principal.arn,
    requestId,
    operationName(operation, wire),
    key === undefined ? '-' : encodeURIComponent(key).replaceAll('%2F', '/'),
    quoted(`${wire.method} ${uri} HTTP/1.1`),
    status,
    errorCode ?? '-',
    bytesSent === 0 ? '-' : bytesSent,
    sizeOf(operation, status, bytesSent, headers['content-length']),
    Math.max(0, atMs - nowMs),
    '-',
    quoted(headers.referer),
    quoted(headers['user-agent']),
    version ?? '-',
    requestId,
    byHeader || byQuery ? 'SigV4' : '-',
    '-',
    byHeader ? 'AuthHeader' : byQuery ? 'QueryString' : '-',
    headers.host ?? '-',
    '-',
    '-',
    '-',
  ].join(' ')
}

/** What of a presigned URL lets others in. */
const secrets = /\b(X-Amz-Signature|X-Amz-Security-Token|Signature)=[^&]*/g

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function timeOf(ms: number): string {
  const at = new Date(ms)
  const text = at.toISOString()
  return `${text.slice(8, 10)}/${months[at.getUTCMonth()]}/${text.slice(0, 4)}:${text.slice(11, 19)} +0000`
}

/** A field that clients choose: what would end it, or the line, is written as its code. */
function quoted(text: string | undefined): string {
  if (text === undefined) return '"-"'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is meant
  return `"${text.slice(0, 8_192).replace(/["\\\u0000-\u001f\u007f]/g, (one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
}

function sizeOf(operation: string, status: number, bytesSent: number, length: string | undefined): number | string {
  if (operation === 'GetObject' && status === 200) return bytesSent
  return operation === 'PutObject' && status === 200 ? (length ?? '-') : '-'
}

const names: Readonly<Record<string, string>> = {
  AbortMultipartUpload: 'DELETE.UPLOAD',
  CompleteMultipartUpload: 'POST.UPLOAD',
  CopyObject: 'COPY.OBJECT',
  CreateMultipartUpload: 'POST.UPLOADS',
  DeleteObject: 'DELETE.OBJECT',
  DeleteObjects: 'POST.MULTI_OBJECT_DELETE',
  GetObject: 'GET.OBJECT',
  HeadObject: 'HEAD.OBJECT',
  ListObjects: 'GET.BUCKET',
  ListObjectsV2: 'GET.BUCKET',
  ListObjectVersions: 'GET.BUCKETVERSIONS',
  ListParts: 'GET.UPLOAD',
  PutObject: 'PUT.OBJECT',
  UploadPart: 'PUT.PART',
  UploadPartCopy: 'COPY.PART',
}

function operationName(operation: string, { method, query, path }: WireRequest): string {
  const known = names[operation]
  if (known) return `REST.${known}`
  const subresource = /^([\w-]+)(?:=|&|$)/.exec(query)?.[1]?.replaceAll('-', '_').toUpperCase()
  return `REST.${method}.${subresource ?? (path.split('/').length > 2 ? 'OBJECT' : 'BUCKET')}`
}
