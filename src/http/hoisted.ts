import type { WireRequest } from '../kernel/http.ts'

/**
 * The request with the `x-amz-` parameters of a presigned link as headers: signers move headers into the query, and
 * S3 reads them as if they had stayed. A header of the same name wins. Checksums stay where they are: the signer had
 * not seen the body.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function withHoistedHeaders(wire: WireRequest): WireRequest {
  const headers: Record<string, string | string[] | undefined> = {}
  for (const [name, value] of new URLSearchParams(wire.query)) {
    if (/^x-amz-(?!checksum-|sdk-)[a-z0-9-]+$/.test(name)) headers[name] ??= value
  }
  return Object.keys(headers).length === 0 ? wire : { ...wire, headers: { ...headers, ...wire.headers } }
}
