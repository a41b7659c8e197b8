import { createHmac, timingSafeEqual } from 'node:crypto'

/** How old a signature may be, so that a webhook that somebody recorded is of no use later. */
const mostSec = 300

/** The header `x-signature` of a webhook: `t=SECONDS,v1=HEX`, an HMAC with SHA-256 of the time, a point and the body. */
export function sign(body, secret, atSec = Math.floor(Date.now() / 1000)) {
  return `t=${atSec},v1=${createHmac('sha256', secret).update(`${atSec}.${body}`).digest('hex')}`
}

/** Whether a header is the signature of a body, made lately by whoever knows the secret. */
export function isSigned(header, body, secret, nowSec = Date.now() / 1000) {
  const [, atSec] = /^t=(\d{1,12}),v1=[0-9a-f]{64}$/.exec(header ?? '') ?? []
  if (atSec === undefined || Math.abs(nowSec - Number(atSec)) > mostSec) return false
  return timingSafeEqual(Buffer.from(header), Buffer.from(sign(body, secret, atSec)))
}
