import { authnError, type ErrorStyle } from './errors.ts'
import type { CredentialScope } from './signing-key.ts'

/** What a SigV4 request says of itself. */
export interface V4Claim {
  readonly accessKeyId: string
  readonly scope: CredentialScope
  /** Lower case, in the order given. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** The parts of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. */
export function parseAuthorization(text: string, style: ErrorStyle): V4Claim {
  let credential: string | undefined
  let signedHeaders: string | undefined
  let signature: string | undefined
  for (const part of text.slice('AWS4-HMAC-SHA256'.length).split(',')) {
    const at = part.indexOf('=')
    const value = part.slice(at + 1).trim()
    const name = part.slice(0, at).trim()
    if (name === 'Credential') credential = value
    else if (name === 'SignedHeaders') signedHeaders = value
    else if (name === 'Signature') signature = value
  }
  const missing = [
    !credential && "Authorization header requires 'Credential' parameter.",
    !signature && "Authorization header requires 'Signature' parameter.",
    !signedHeaders && "Authorization header requires 'SignedHeaders' parameter.",
  ].filter(Boolean)
  if (!credential || !signature || !signedHeaders) throw authnError(style, 'incomplete', missing.join(' '))
  return { ...parseCredential(credential, style), signedHeaders: signedHeaders.toLowerCase().split(';'), signature }
}

/** The parts of `AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request`. */
export function parseCredential(text: string, style: ErrorStyle): Pick<V4Claim, 'accessKeyId' | 'scope'> {
  const parts = text.split('/')
  const [accessKeyId, date, region, service, terminator] = parts
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service) {
    throw authnError(
      style,
      'incomplete',
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got a credential with ' +
        `${parts.length}.`,
    )
  }
  if (terminator !== 'aws4_request') {
    throw authnError(
      style,
      'badScope',
      `Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`,
    )
  }
  return { accessKeyId, scope: { date, region, service } }
}
