/**
 * An error that a client sees: an AWS error code, a message that says what to do, and the extra members the
 * modelled error shape has. The HTTP status comes from the service's table (`model.json`), else `status`, else 400.
 * Anything else that is thrown is a bug of ours and is answered as InternalFailure.
 */
export class AwsError extends Error {
  readonly code: string
  /** HTTP status to use when the service's table says nothing about `code`. */
  readonly status: number | undefined
  /** Further members of the error shape, e.g. `CancellationReasons`. */
  readonly members: Readonly<Record<string, unknown>>
  /** Headers of the answer besides the protocol's own (`etag` of a 304, `x-amz-bucket-region` of a redirect). */
  readonly headers: Readonly<Record<string, string>>

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = code
    this.code = code
    this.status = options.status
    this.members = options.members ?? {}
    this.headers = options.headers ?? {}
  }
}

export interface AwsErrorOptions {
  status?: number
  members?: Record<string, unknown>
  headers?: Record<string, string>
  cause?: unknown
}

/** The modelled error `code`, to be thrown. */
export function awsError(code: string, message: string, options?: AwsErrorOptions): AwsError {
  return new AwsError(code, message, options)
}

/** True when `error` is an AwsError, and, if codes are given, has one of them. */
export function isAwsError(error: unknown, ...codes: string[]): error is AwsError {
  return error instanceof AwsError && (codes.length === 0 || codes.includes(error.code))
}

/** Whether a service says that it was asked too much: what it may do a moment later. Of each service its own code. */
export function isThrottling(error: unknown): boolean {
  return isAwsError(error) && /Throttl|TooManyRequests|ThroughputExceeded|RequestLimit|SlowDown/.test(error.code)
}

/** Whether the same may succeed a moment later: the service was asked too much, or had a fault. */
export function isTransient(error: AwsError): boolean {
  const { code, status = 400 } = error
  if (status >= 500 && status !== 501) return true
  return isThrottling(error) || /^(?:Internal(?:Error|Failure)|ServiceUnavailable|RequestTimeout)$/.test(code)
}
