import { awsError } from '../kernel/errors.ts'
import { authnError, type ErrorStyle } from './errors.ts'
import { formatIsoSeconds, formatSigningTime } from './timestamp.ts'

export const maxSkewMs = 15 * 60_000
const maxExpiresSec = 7 * 24 * 3600

/** Throws unless the request was signed within a quarter of an hour of the host's time, either way. */
export function checkFreshness(time: string, atMs: number, nowMs: number, style: ErrorStyle): void {
  if (Math.abs(nowMs - atMs) <= maxSkewMs) return
  if (style === 's3') {
    throw authnError(style, 'stale', undefined, {
      RequestTime: time,
      ServerTime: formatIsoSeconds(nowMs),
      MaxAllowedSkewMilliseconds: String(maxSkewMs),
    })
  }
  const now = formatSigningTime(nowMs)
  throw authnError(
    style,
    'stale',
    atMs < nowMs
      ? `Signature expired: ${time} is now earlier than ${formatSigningTime(nowMs - maxSkewMs)} (${now} - 15 min.)`
      : `Signature not yet current: ${time} is still later than ${formatSigningTime(nowMs + maxSkewMs)} (${now} + 15 min.)`,
  )
}

/** The same for a presigned URL, which says how long it lasts: at most seven days. */
export function checkPresignedFreshness(
  time: string,
  atMs: number,
  expires: string | undefined,
  nowMs: number,
  style: ErrorStyle,
): void {
  const lastsSec = expires === undefined || expires === '' ? maxSkewMs / 1000 : parseExpires(expires, style)
  if (atMs - nowMs > maxSkewMs) {
    if (style !== 's3') checkFreshness(time, atMs, nowMs, style)
    throw awsError('AccessDenied', 'Request is not yet valid', {
      status: 403,
      members: { ServerTime: formatIsoSeconds(nowMs) },
    })
  }
  const endsMs = atMs + lastsSec * 1000
  if (nowMs <= endsMs) return
  throw style === 's3'
    ? requestHasExpired(lastsSec, endsMs, nowMs)
    : authnError(
        style,
        'stale',
        `Signature expired: ${time} is now earlier than ${formatSigningTime(nowMs - lastsSec * 1000)} (${formatSigningTime(nowMs)} - ${lastsSec} s)`,
      )
}

/** What S3 answers to a presigned URL after its time. */
export function requestHasExpired(lastsSec: number | undefined, endsMs: number, nowMs: number) {
  return awsError('AccessDenied', 'Request has expired', {
    status: 403,
    members: {
      ...(lastsSec !== undefined && { 'X-Amz-Expires': String(lastsSec) }),
      Expires: formatIsoSeconds(endsMs),
      ServerTime: formatIsoSeconds(nowMs),
    },
  })
}

function parseExpires(text: string, style: ErrorStyle): number {
  const refuse = (message: string) =>
    style === 's3'
      ? awsError('AuthorizationQueryParametersError', message, { status: 400 })
      : authnError(style, 'incomplete', message)
  if (!/^-?\d{1,12}$/.test(text)) throw refuse('X-Amz-Expires should be a number')
  const lastsSec = Number(text)
  if (lastsSec < 0) throw refuse('X-Amz-Expires must be non-negative')
  if (lastsSec > maxExpiresSec) {
    throw refuse(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    )
  }
  return lastsSec
}
