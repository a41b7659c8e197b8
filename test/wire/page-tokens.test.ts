import { afterAll, beforeAll, expect, test } from 'vitest'
import { toPageToken } from '../../src/kernel/page-token.ts'
import { startNode, type TestNode } from '../harness.ts'
import { loadClient } from './protocol-client.ts'

/** Lists of services, with the parameter in which a token comes back, and the error for one that was not given out. */
const lists: readonly (readonly [service: string, list: string, token: string, error: string])[] = [
  ['apigateway', 'GetRestApis', 'position', 'BadRequestException'],
  ['apigateway', 'GetApiKeys', 'position', 'BadRequestException'],
  ['apigatewayv2', 'GetApis', 'NextToken', 'BadRequestException'],
  ['cloudformation', 'ListStackSets', 'NextToken', 'ValidationError'],
  ['cloudwatch', 'DescribeAlarms', 'NextToken', 'InvalidNextToken'],
  ['cloudwatch', 'ListDashboards', 'NextToken', 'InvalidParameterValueException'],
  ['cloudwatch', 'ListMetrics', 'NextToken', 'InvalidParameterValueException'],
  ['dynamodb', 'ListExports', 'NextToken', 'ValidationException'],
  ['ecr', 'DescribeRepositories', 'nextToken', 'InvalidParameterException'],
  ['events', 'ListEventBuses', 'NextToken', 'ValidationException'],
  ['events', 'ListRules', 'NextToken', 'ValidationException'],
  ['iam', 'ListUsers', 'Marker', 'ValidationError'],
  ['iam', 'ListPolicies', 'Marker', 'ValidationError'],
  ['kinesis', 'ListStreams', 'NextToken', 'InvalidArgumentException'],
  ['kms', 'ListKeys', 'Marker', 'InvalidMarkerException'],
  ['lambda', 'ListFunctions', 'Marker', 'InvalidParameterValueException'],
  ['lambda', 'ListEventSourceMappings', 'Marker', 'InvalidParameterValueException'],
  ['lambda', 'ListLayers', 'Marker', 'InvalidParameterValueException'],
  ['logs', 'DescribeLogGroups', 'nextToken', 'InvalidParameterException'],
  ['logs', 'DescribeMetricFilters', 'nextToken', 'InvalidParameterException'],
  ['logs', 'DescribeQueries', 'nextToken', 'InvalidParameterException'],
  ['pipes', 'ListPipes', 'NextToken', 'ValidationException'],
  ['scheduler', 'ListSchedules', 'NextToken', 'ValidationException'],
  ['scheduler', 'ListScheduleGroups', 'NextToken', 'ValidationException'],
  ['secretsmanager', 'ListSecrets', 'NextToken', 'InvalidNextTokenException'],
  ['sns', 'ListTopics', 'NextToken', 'InvalidParameterException'],
  ['sqs', 'ListQueues', 'NextToken', 'InvalidParameterValue'],
  ['ssm', 'DescribeParameters', 'NextToken', 'InvalidNextToken'],
]

let node: TestNode
beforeAll(async () => {
  node = await startNode()
})
afterAll(() => node.close())

test.each(lists)('%s %s refuses a token that it did not give out', async (service, list, token, error) => {
  const { client, command } = await loadClient(service)
  await using at = {
    client: client(() => ({ output: {} }), { endpoint: node.endpoint, requestHandler: undefined }),
    [Symbol.asyncDispose]: async () => at.client.destroy(),
  }
  // Text of another's, a place that is none, and one of parts that no list has.
  for (const foreign of ['madeup', toPageToken(7), toPageToken('a', 'b', 'c', 'd')]) {
    const told = at.client.send(command(list, { [token]: foreign }))
    await expect(told, `${token} ${foreign}`).rejects.toMatchObject({ name: error })
  }
})
