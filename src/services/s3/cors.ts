import { awsError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { HeaderValues, WireRequest } from '../../kernel/http.ts'
import { operations } from '../../kernel/operation.ts'
import { findBucket, openBucket } from './access.ts'
import type { Api } from './api.ts'
import { absent, change, malformed, on } from './bucket-settings.ts'
import type { CorsRule } from './state.ts'

const maxRules = 100
const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html */
export const bucketCors = operations<Api>()({
  PutBucketCors: {
    authorize: on('s3:PutBucketCORS'),
    async write(tx, input, ctx) {
      const rules = input.CORSConfiguration.CORSRules
      if (rules.length === 0 || rules.length > maxRules)
        throw malformed(`A CORS configuration holds 1 to ${maxRules} rules.`)
      const cors = rules.map((rule) => {
        for (const method of rule.AllowedMethods) {
          if (!methods.includes(method))
            throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`)
        }
        for (const origin of rule.AllowedOrigins) oneWildcard('AllowedOrigin', origin)
        for (const header of rule.AllowedHeaders ?? []) oneWildcard('AllowedHeader', header)
        const wild = rule.ExposeHeaders?.find((header) => header.includes('*'))
        if (wild)
          throw invalid(
            `ExposeHeader "${wild}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
          )
        return {
          ...(rule.ID !== undefined && { id: rule.ID }),
          origins: rule.AllowedOrigins,
          methods: rule.AllowedMethods,
          headers: rule.AllowedHeaders ?? [],
          expose: rule.ExposeHeaders ?? [],
          ...(rule.MaxAgeSeconds !== undefined && { maxAgeSec: rule.MaxAgeSeconds }),
        }
      })
      await change(tx, input, ctx, (found) => ({ ...found, cors }))
      return {}
    },
  },
  GetBucketCors: {
    authorize: on('s3:GetBucketCORS'),
    async read(tx, input, ctx) {
      const { name, cors } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (!cors) throw absent('NoSuchCORSConfiguration', 'The CORS configuration does not exist', name)
      return {
        CORSRules: cors.map((rule) => ({
          ...(rule.id !== undefined && { ID: rule.id }),
          AllowedOrigins: [...rule.origins],
          AllowedMethods: [...rule.methods],
          ...(rule.headers.length > 0 && { AllowedHeaders: [...rule.headers] }),
          ...(rule.expose.length > 0 && { ExposeHeaders: [...rule.expose] }),
          ...(rule.maxAgeSec !== undefined && { MaxAgeSeconds: rule.maxAgeSec }),
        })),
      }
    },
  },
  DeleteBucketCors: {
    authorize: on('s3:PutBucketCORS'),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, ({ cors: _gone, ...rest }) => rest)
      return {}
    },
  },
})

/** The CORS headers for a request from another origin, or undefined when the bucket's rules don't allow it. */
export async function cors(request: WireRequest, host: Host): Promise<HeaderValues | undefined> {
  const { origin } = request.headers
  const name = bucketOfPath(request.path)
  if (origin === undefined || !name) return undefined
  const found = await host.records.read({ account: '', region: '' }, (tx) => findBucket(tx, name))
  const preflight = request.method === 'OPTIONS'
  const asked = request.headers['access-control-request-method']
  const method = preflight ? asked : request.method
  const wanted = preflight ? list(request.headers['access-control-request-headers']) : []
  const rule = method === undefined ? undefined : found?.cors?.find((one) => allows(one, origin, method, wanted))
  if (!rule) return undefined
  const anyone = rule.origins.includes('*')
  return {
    'access-control-allow-origin': anyone ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(anyone ? {} : { 'access-control-allow-credentials': 'true' }),
    ...(wanted.length > 0 && { 'access-control-allow-headers': wanted.join(', ') }),
    ...(rule.expose.length > 0 && { 'access-control-expose-headers': rule.expose.join(', ') }),
    ...(preflight && rule.maxAgeSec !== undefined && { 'access-control-max-age': String(rule.maxAgeSec) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

function allows(rule: CorsRule, origin: string, method: string, headers: readonly string[]): boolean {
  return (
    rule.methods.includes(method) &&
    rule.origins.some((pattern) => matches(pattern, origin)) &&
    headers.every((header) => rule.headers.some((pattern) => matches(pattern.toLowerCase(), header)))
  )
}

/** A pattern with at most one `*`. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star === -1) return pattern === text
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail)
}

function list(header: string | undefined): string[] {
  return (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function bucketOfPath(path: string): string | undefined {
  // Bucket names need no percent-encoding, so an encoded one is none.
  return /^\/([a-z0-9.-]+)(?:\/|$)/.exec(path)?.[1]
}

function oneWildcard(element: string, value: string): void {
  if (value.split('*').length > 2) throw invalid(`${element} "${value}" can not have more than one wildcard.`)
}

function invalid(message: string): Error {
  return awsError('InvalidRequest', message, { status: 400 })
}
