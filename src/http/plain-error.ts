import type { AwsError } from '../kernel/errors.ts'
import type { WireResponse } from '../kernel/http.ts'

/** An error where no protocol is known: the node's own APIs, entrances, requests for no service. */
export function plainError(error: AwsError, requestId: string): WireResponse {
  return {
    status: error.status ?? 400,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': error.code },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  }
}
