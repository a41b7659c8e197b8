// The context object: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
import process from 'node:process'

const now = Date.now

/** What a handler knows of its request. `modern`: of Node 24 or later; `waits`: has the setting that older ones have. */
export function contextOf(header, environment, { modern, waits, more }) {
  return {
    ...(waits && { callbackWaitsForEmptyEventLoop: true }),
    ...more,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: header.clientContext,
    identity: undefined,
    invokedFunctionArn: header.functionArn,
    awsRequestId: header.requestId,
    tenantId: undefined,
    ...(modern && { xRayTraceId: header.traceId }),
    getRemainingTimeInMillis: () => header.deadlineMs - now(),
  }
}

/** The ways to answer up to Node 22; of all of them the first that is used counts. */
export function withCallbacks(header, environment, answer) {
  let used = false
  const once = (fn) => (first, second) => {
    if (used) return
    used = true
    fn(first, second)
  }
  const done = (error, value) => (isNothing(error) ? answer.succeed(value) : answer.fail(error))
  const context = contextOf(header, environment, {
    waits: true,
    more: {
      succeed: once((value) => answer.succeed(value)),
      fail: once((error) => answer.fail(error ?? 'handled')),
      done: once(done),
    },
  })
  const callback = once((error, value) => {
    if (!isNothing(error) || !context.callbackWaitsForEmptyEventLoop) return done(error, value)
    process.removeListener('beforeExit', answer.onEmpty)
    answer.onEmpty = () => answer.succeed(value)
    process.once('beforeExit', answer.onEmpty)
  })
  return { context, callback }
}

const isNothing = (value) => value === undefined || value === null
