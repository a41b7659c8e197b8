import { parseArn } from '../kernel/arn.ts'
import { type AwsError, awsError } from '../kernel/errors.ts'

/** Whether an ARN is of what is called over HTTP (`host.httpTarget`): an API destination, or a stage of an API. */
export function isHttpTarget(arn: string): boolean {
  const { service, resource = '' } = parseArn(arn) ?? {}
  return service === 'execute-api' || (service === 'events' && resource.startsWith('api-destination/'))
}

/**
 * What an answer other than 2xx comes to. Tried again is what may change: conflicts, throttling, the endpoint's own
 * errors, and credentials. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
 */
export function httpRefusal(status: number): AwsError {
  const again = status >= 500 || [401, 407, 409, 429].includes(status)
  return awsError(again ? 'ERROR_FROM_TARGET' : 'InvalidParameterValue', `The endpoint answered ${status}.`)
}
