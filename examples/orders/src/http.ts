/** What these functions use of an HTTP API event, payload format 2.0. */
export interface HttpEvent {
  readonly body?: string
  readonly pathParameters?: Readonly<Record<string, string>>
}

export interface HttpResult {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function json(statusCode: number, value: unknown): HttpResult {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
