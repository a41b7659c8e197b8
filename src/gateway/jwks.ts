import type { Host } from '../kernel/host.ts'

type Jwk = Readonly<Record<string, unknown>>

interface Kept {
  readonly keys: ReadonlyMap<string, Jwk>
  readonly atMs: number
}

/** As long as the service keeps an issuer's keys. */
const keptMs = 2 * 3_600_000
/** A key that is not known makes us ask again, but not more often than this. */
const askedAgainMs = 10_000
const mostIssuers = 1_000
const timeoutMs = 3_000
const mostBytes = 1_000_000
const mostKeys = 200
const issuers = new WeakMap<Host, Map<string, Promise<Kept | undefined>>>()

/** The issuer's key of that id, from its published set. Undefined when the set can't be had; no `kid` when it lacks the key. */
export async function signingKeys(
  issuer: string,
  kid: string,
  host: Host,
  signal: AbortSignal,
): Promise<{ kid: Jwk | undefined } | undefined> {
  const all = issuers.get(host) ?? new Map<string, Promise<Kept | undefined>>()
  issuers.set(host, all)
  const nowMs = host.clock.nowMs()
  const known = await all.get(issuer)
  if (known) {
    const key = known.keys.get(kid)
    if (key && nowMs - known.atMs < keptMs) return { kid: key }
    if (!key && nowMs - known.atMs < askedAgainMs) return { kid: undefined }
  }
  const asked = fetchKeys(issuer, host, nowMs)
  all.delete(issuer)
  if (all.size >= mostIssuers) all.delete(all.keys().next().value!)
  all.set(issuer, asked)
  const fresh = await asked
  signal.throwIfAborted()
  if (fresh) return { kid: fresh.keys.get(kid) }
  if (all.get(issuer) === asked) all.delete(issuer)
  return undefined
}

async function fetchKeys(issuer: string, host: Host, atMs: number): Promise<Kept | undefined> {
  try {
    const discovery = await json(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, host)
    const address = discovery.jwks_uri
    if (typeof address !== 'string') throw new Error('the configuration names no jwks_uri')
    const { keys } = await json(address, host)
    if (!Array.isArray(keys)) throw new Error('the key set has no keys')
    const named = keys
      .slice(0, mostKeys)
      .filter((one): one is Jwk => one !== null && typeof one === 'object')
      .map((one) => [String(one.kid ?? ''), one] as const)
    return { keys: new Map(named), atMs }
  } catch (error) {
    host.log.warn('gateway: the keys of an issuer could not be had', { issuer, reason: String(error) })
    return undefined
  }
}

async function json(address: string, host: Host): Promise<Record<string, unknown>> {
  if (!/^https?:$/.test(new URL(address).protocol)) throw new Error('keys are fetched by http or https')
  const signal = AbortSignal.any([host.signal, AbortSignal.timeout(timeoutMs)])
  const response = await fetch(address, { signal, headers: { accept: 'application/json' } })
  if (!response.ok || !response.body) throw new Error(`${address} answered ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    if (size > mostBytes) throw new Error(`${address} answers more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (value === null || typeof value !== 'object') throw new Error(`${address} answers no object`)
  return { ...value }
}
