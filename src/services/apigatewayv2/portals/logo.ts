import type { Ctx } from '../../../kernel/context.ts'
import { awsError, isAwsError } from '../../../kernel/errors.ts'
import { badRequest } from '../find.ts'
import type { Logo } from './state.ts'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-portal-quotas.html */
const mostBytes = 200 * 1024

/**
 * By how the bytes begin (what an object says of its type is not to be believed), with a size that is not zero where the
 * format has it at its beginning, and where the picture itself begins or, of text, ends.
 */
const images: readonly [type: string, looks: RegExp][] = [
  ['image/png', /^\x89PNG\r\n.\n.{4}IHDR(?!\0{4}).{4}(?!\0{4}).{4}.*IDAT/s],
  ['image/jpeg', /^\xff\xd8\xff.*\xff\xda/s],
  ['image/gif', /^GIF8[79]a(?!\0\0)..(?!\0\0)..*,/s],
  ['image/webp', /^RIFF.{4}WEBPVP8[ LX].{9}/s],
  ['image/svg+xml', /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>]*>\s*)?<svg[\s>].*<\/svg\s*>/s],
]
/** As far as there may be comments before an SVG. */
const beginning = 2_048

/** The image at an S3 URI (`s3://bucket/key`), read in the name of the caller. Throws BadRequestException. */
export async function readLogo(uri: string, ctx: Ctx): Promise<Logo> {
  const [, Bucket, Key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/.exec(uri) ?? []
  if (Bucket === undefined || Key === undefined)
    throw badRequest('LogoUri must be the URI of an object: s3://bucket/key.')
  const bytes = await readObject(Bucket, Key, ctx)
  const text = Buffer.from(bytes).toString('latin1')
  const plain = text.slice(0, beginning).replaceAll(/<!--.*?-->/gs, '') + text.slice(beginning)
  const type = images.find(([, looks]) => looks.test(plain))?.[0]
  if (type === undefined) throw badRequest('The logo must be a PNG, JPEG, GIF, WebP or SVG image.')
  return { type, bytes }
}

async function readObject(Bucket: string, Key: string, ctx: Ctx): Promise<Uint8Array> {
  try {
    const { Body } = await ctx.host.invoke<{ Body: AsyncIterable<Uint8Array> | Uint8Array }>(
      's3:GetObject',
      { Bucket, Key },
      {
        as: ctx.principal,
        scope: ctx.scope,
        signal: ctx.signal,
        context: { 'aws:CalledVia': ['apigateway.amazonaws.com'] },
      },
    )
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    for await (const chunk of Body instanceof Uint8Array ? [Body] : Body) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > mostBytes) throw badRequest(`The logo is larger than the ${mostBytes} bytes it can have.`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (isAwsError(error, 'AccessDenied', 'AccessDeniedException'))
      throw awsError('AccessDeniedException', `The logo cannot be read with your credentials. ${error.message}`, {
        status: 403,
      })
    if (isAwsError(error, 'NoSuchKey', 'NoSuchBucket')) throw badRequest(`The logo cannot be read. ${error.message}`)
    throw error
  }
}
