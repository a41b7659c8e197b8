import type { Value, ValueMap } from '../value.ts'

interface Grant {
  readonly actions: string | readonly string[]
  /** ARNs after the partition, with the template's parameters as `${QueueName}`; `*` alone for everything. */
  readonly on: readonly string[]
}

const here = '${AWS::Region}:${AWS::AccountId}'
const table = [`dynamodb:${here}:table/\${TableName}`, `dynamodb:${here}:table/\${TableName}/index/*`]
const bucket = ['s3:::${BucketName}', 's3:::${BucketName}/*']
const dynamo = (...names: string[]) => names.map((name) => `dynamodb:${name}`)
const s3 = (...names: string[]) => names.map((name) => `s3:${name}`)
const one = (actions: string | readonly string[], ...on: string[]): Grant[] => [{ actions, on }]

/**
 * Policies that a function may name instead of writing them.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
 */
const templates: Readonly<Record<string, readonly Grant[]>> = {
  SQSPollerPolicy: one(
    [
      'ChangeMessageVisibility',
      'ChangeMessageVisibilityBatch',
      'DeleteMessage',
      'DeleteMessageBatch',
      'GetQueueAttributes',
      'ReceiveMessage',
    ].map((name) => `sqs:${name}`),
    `sqs:${here}:\${QueueName}`,
  ),
  SQSSendMessagePolicy: one(['sqs:SendMessage*'], `sqs:${here}:\${QueueName}`),
  LambdaInvokePolicy: one(['lambda:InvokeFunction'], `lambda:${here}:function:\${FunctionName}*`),
  CloudWatchPutMetricPolicy: one(['cloudwatch:PutMetricData'], '*'),
  DynamoDBCrudPolicy: one(
    dynamo(
      'GetItem',
      'DeleteItem',
      'PutItem',
      'Scan',
      'Query',
      'UpdateItem',
      'BatchWriteItem',
      'BatchGetItem',
      'DescribeTable',
      'ConditionCheckItem',
    ),
    ...table,
  ),
  DynamoDBReadPolicy: one(dynamo('GetItem', 'Scan', 'Query', 'BatchGetItem', 'DescribeTable'), ...table),
  DynamoDBWritePolicy: one(dynamo('PutItem', 'UpdateItem', 'BatchWriteItem'), ...table),
  DynamoDBStreamReadPolicy: [
    {
      actions: dynamo('DescribeStream', 'GetRecords', 'GetShardIterator'),
      on: [`dynamodb:${here}:table/\${TableName}/stream/\${StreamName}`],
    },
    { actions: dynamo('ListStreams'), on: [`dynamodb:${here}:table/\${TableName}/stream/*`] },
  ],
  S3ReadPolicy: one(
    s3('GetObject', 'ListBucket', 'GetBucketLocation', 'GetObjectVersion', 'GetLifecycleConfiguration'),
    ...bucket,
  ),
  S3WritePolicy: one(s3('PutObject', 'PutObjectAcl', 'PutLifecycleConfiguration'), ...bucket),
  S3CrudPolicy: one(
    s3(
      'GetObject',
      'ListBucket',
      'GetBucketLocation',
      'GetObjectVersion',
      'PutObject',
      'PutObjectAcl',
      'GetLifecycleConfiguration',
      'PutLifecycleConfiguration',
      'DeleteObject',
    ),
    ...bucket,
  ),
  SNSPublishMessagePolicy: one(['sns:Publish'], `sns:${here}:\${TopicName}`),
  SSMParameterReadPolicy: [
    { actions: ['ssm:DescribeParameters'], on: ['*'] },
    {
      actions: ['ssm:GetParameters', 'ssm:GetParameter', 'ssm:GetParametersByPath'],
      on: [`ssm:${here}:parameter/\${ParameterName}`],
    },
  ],
  StepFunctionsExecutionPolicy: one(['states:StartExecution'], `states:${here}:stateMachine:\${StateMachineName}`),
  EventBridgePutEventsPolicy: one('events:PutEvents', `events:${here}:event-bus/\${EventBusName}`),
}

/** The statements of a policy template with its parameters; undefined when there is none of that name. */
export function policyTemplate(name: string, parameters: ValueMap): Value[] | undefined {
  if (!Object.hasOwn(templates, name)) return undefined
  return templates[name]?.map(({ actions, on }) => {
    const resources = on.map((arn): Value => {
      if (arn === '*') return arn
      const used = Object.entries(parameters).filter(([parameter]) => arn.includes(`\${${parameter}}`))
      const variables = used.map(([parameter, value]) => [variable(parameter), value] as const)
      const text = arn.replaceAll(/\$\{([A-Z]\w*)\}/g, (_, parameter: string) => `\${${variable(parameter)}}`)
      return { 'Fn::Sub': [`arn:\${AWS::Partition}:${text}`, Object.fromEntries(variables)] }
    })
    return { Effect: 'Allow', Action: actions, Resource: resources.length === 1 ? (resources[0] ?? '*') : resources }
  })
}

/** A parameter's name in the text of an ARN: `queueName`. */
function variable(parameter: string): string {
  return parameter.charAt(0).toLowerCase() + parameter.slice(1)
}

/** The parameters that a policy template needs and was not given. */
export function missingParameters(name: string, parameters: ValueMap): string[] {
  const text = (templates[name] ?? []).flatMap(({ on }) => on).join()
  const wanted = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, parameter = '']) => parameter)
  return [...new Set(wanted)].filter((parameter) => !Object.hasOwn(parameters, parameter))
}
