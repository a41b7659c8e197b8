/** The body of a request to an HTTP API, payload format 2.0: base64 unless its content type is one of a few texts. */
export function bodyOf({ body = '', isBase64Encoded }) {
  return isBase64Encoded ? Buffer.from(body, 'base64').toString() : body
}

/** An answer of an HTTP API, payload format 2.0. */
export function json(statusCode, value) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
