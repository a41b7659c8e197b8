/**
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (durable functions), and the SDK's
 * documentation of `OperationUpdate` for the sizes of payloads and errors.
 */
export const durableLimits = {
  operations: 3_000,
  /** What all operations of an execution may have written. */
  writtenBytes: 100_000_000,
  payloadBytes: 1_048_576,
  errorBytes: 1_048_576,
  /** Of one checkpoint, as of a request's payload. */
  checkpointBytes: 6_291_456,
  /** A synchronous invocation waits no longer. */
  synchronousSec: 900,
} as const

/** Pages of operations and events end before they have more. */
export const pageBytes = 5_000_000
export const pageItems = { most: 1_000, usual: 100 } as const
