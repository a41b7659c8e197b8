import type { RequestContext } from '../../kernel/authorization.ts'
import type { WireRequest } from '../../kernel/http.ts'

/** What conditions may ask about a request to an entrance: what they may ask about a call of the API. */
export function visitorContext({ remoteAddress, origin, headers }: WireRequest): RequestContext {
  return {
    'aws:SourceIp': remoteAddress,
    // As for calls: what never leaves the machine nobody can read on the way.
    'aws:SecureTransport': origin.startsWith('https:') || /^(?:::1$|(?:::ffff:)?127\.)/.test(remoteAddress),
    'aws:ViaAWSService': false,
    ...(headers['user-agent'] !== undefined && { 'aws:UserAgent': headers['user-agent'] }),
    ...(headers.referer !== undefined && { 'aws:Referer': headers.referer }),
  }
}
