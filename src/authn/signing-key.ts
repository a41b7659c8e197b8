import { type HmacKey, hmac, hmacKey } from './hmac.ts'

/** `date/region/service/aws4_request` of a credential, split. */
export interface CredentialScope {
  /** YYYYMMDD */
  readonly date: string
  readonly region: string
  readonly service: string
}

export function scopeText(scope: CredentialScope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`
}

/** Keys kept: a fleet of functions each with temporary credentials of its own still fits. */
const maxKeys = 4_096
const keys = new Map<string, HmacKey>()

/**
 * The signing key of a secret for one day, region and service; the last few thousand are kept.
 * The secret is part of the cache's key, so a key that is replaced can't be answered from it.
 */
export function signingKey(secretAccessKey: string, scope: CredentialScope): HmacKey {
  const name = `${scopeText(scope)} ${secretAccessKey}`
  const known = keys.get(name)
  if (known) return known
  const day = hmac(hmacKey(Buffer.from(`AWS4${secretAccessKey}`, 'utf8')), scope.date)
  const region = hmac(hmacKey(day), scope.region)
  const service = hmac(hmacKey(region), scope.service)
  const key = hmacKey(hmac(hmacKey(service), 'aws4_request'))
  // Clients use one key for hours: forgetting the oldest is as good as forgetting the least recently used.
  if (keys.size >= maxKeys) keys.delete(keys.keys().next().value!)
  keys.set(name, key)
  return key
}

/** The signature, in hex, of a string to sign. */
export function sign(key: HmacKey, stringToSign: string): string {
  return hmac(key, stringToSign).toString('hex')
}
