import type { WireResponse } from '../kernel/http.ts'

/** An answer of the gateway itself: a message as JSON and, for REST APIs, the kind of error. */
export function message(status: number, text: string, errorType?: string): WireResponse {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
    },
    body: JSON.stringify({ message: text }),
  }
}
