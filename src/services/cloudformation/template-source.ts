import type { Ctx } from '../../kernel/context.ts'
import { isAwsError } from '../../kernel/errors.ts'
import { templateLimits } from '../../stacks/parse.ts'
import { invalid } from '../../stacks/value.ts'
import { stackSetOf } from './lineage.ts'

/** The text of a template given as a body or as the URL of an object, read as the caller. Undefined when neither is given. */
export async function templateText(
  input: { TemplateBody?: string; TemplateURL?: string },
  ctx: Ctx,
): Promise<string | undefined> {
  const { TemplateBody: body, TemplateURL: url } = input
  if (body !== undefined && url !== undefined)
    throw invalid('Only one of TemplateBody and TemplateURL may be specified.')
  if (url !== undefined) return fetchText(url, ctx)
  // What a stack set has from a URL it hands to its stacks as it is.
  const inside = stackSetOf(ctx) !== undefined
  if (!inside && body !== undefined && Buffer.byteLength(body) > templateLimits.bodyBytes) {
    throw invalid(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${templateLimits.bodyBytes}`,
    )
  }
  return body
}

/** The bucket and key that a URL names, in any form S3 has had, or in this node's path form. */
export function objectOf(
  url: string,
  ownOrigins: readonly string[],
): { bucket: string; key: string; versionId?: string } {
  const wrong = () =>
    invalid(
      `TemplateURL must be a supported URL of an object in S3: https://s3.amazonaws.com/<bucket>/<key>. Found ${url}`,
    )
  const parsed = URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw wrong()
  const path = decode(parsed.pathname.slice(1), wrong)
  const virtual = /^(.+)\.s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/.exec(parsed.hostname)
  const pathStyle =
    /^s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/.test(parsed.hostname) || ownOrigins.includes(parsed.origin)
  const slash = path.indexOf('/')
  const found = virtual
    ? { bucket: virtual[1] ?? '', key: path }
    : pathStyle && slash > 0
      ? { bucket: path.slice(0, slash), key: path.slice(slash + 1) }
      : undefined
  if (!found || found.key === '') throw wrong()
  const versionId = parsed.searchParams.get('versionId')
  return { ...found, ...(versionId === null ? {} : { versionId }) }
}

function decode(path: string, wrong: () => Error): string {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) throw wrong()
    throw error
  }
}

/** The text of an object named by a URL, read as the caller; as long as a template may be. */
export async function fetchText(url: string, ctx: Ctx): Promise<string> {
  const own = [ctx.baseUrl, ctx.host.endpoint].map((base) => new URL(base).origin)
  return objectText(objectOf(url, own), ctx)
}

/** The text of an object, read as the caller; as long as a template may be. */
export async function objectText(
  { bucket, key, versionId }: { bucket: string; key: string; versionId?: string },
  ctx: Ctx,
): Promise<string> {
  try {
    const { Body } = await ctx.host.invoke<{ Body: AsyncIterable<Uint8Array> | Uint8Array }>(
      's3:GetObject',
      { Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) },
      { as: ctx.principal, scope: ctx.scope, signal: ctx.signal },
    )
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of Body instanceof Uint8Array ? [Body] : Body) {
      bytes += chunk.byteLength
      if (bytes > templateLimits.urlBytes) {
        throw invalid(`Template may not exceed ${templateLimits.urlBytes} bytes in size.`)
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    if (!isAwsError(error) || error.code === 'ValidationError') throw error
    throw invalid(`S3 error: ${error.message}`)
  }
}
