/** An answer of an HTTP API, payload format 2.0. */
export function json(statusCode, value) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
