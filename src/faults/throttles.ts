import { type AwsError, awsError } from '../kernel/errors.ts'

/** Where it is not ThrottlingException (400), by service: the code and status with which clients are told to slow down. */
const throttles: Readonly<Record<string, readonly [code: string, status: number]>> = {
  apigateway: ['TooManyRequestsException', 429],
  apigatewayv2: ['TooManyRequestsException', 429],
  cloudformation: ['Throttling', 400],
  cloudwatch: ['Throttling', 400],
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  dynamodbstreams: ['LimitExceededException', 400],
  ec2: ['RequestLimitExceeded', 503],
  iam: ['Throttling', 400],
  kinesis: ['ProvisionedThroughputExceededException', 400],
  lambda: ['TooManyRequestsException', 429],
  s3: ['SlowDown', 503],
  sns: ['ThrottledException', 429],
  sts: ['Throttling', 400],
}

/** The service's own error for too many requests, as its SDK knows it and tries again. */
export function throttleOf(service: string): AwsError {
  const [code, status] = throttles[service] ?? ['ThrottlingException', 400]
  const members = service === 'lambda' ? { Reason: 'CallerRateLimitExceeded' } : undefined
  return awsError(code, 'Rate exceeded (a fault that was set with landfall faults).', {
    status,
    ...(members && { members }),
  })
}
