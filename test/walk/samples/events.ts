import { att, policy, ref, roleOf, type Samples, tags, to } from '../sample.ts'

const queue = { Type: 'AWS::SQS::Queue' }
const bus = { Type: 'AWS::Events::EventBus', Properties: { Name: 'walked-bus-of-~' } }
const statement = (Action: string) => ({
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action,
  Resource: { 'Fn::Sub': 'arn:aws:events:us-east-1:${AWS::AccountId}:event-bus/walked-bus-of-Statement' },
})
const pattern = { source: ['app'] }

const keyed = (ApiKeyValue: string) => ({ ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue } })

export const events: Samples = {
  'AWS::Events::Rule': {
    beside: { Queue: queue, Role: roleOf('events.amazonaws.com'), Bus: { ...bus, Properties: { Name: 'walked-bus' } } },
    base: { EventPattern: pattern },
    changes: {
      Name: to('walked-rule'),
      Description: to('new orders'),
      EventBusName: to(ref('Bus')),
      EventPattern: to({ source: ['app', 'web'] }),
      ScheduleExpression: to('rate(5 minutes)'),
      State: to('DISABLED'),
      RoleArn: to(att('Role', 'Arn')),
      Tags: to(tags),
      Targets: to([{ Id: 'one', Arn: att('Queue', 'Arn'), Input: '{"a":1}' }]),
    },
  },
  'AWS::Events::EventBus': {
    base: { Name: 'walked-~' },
    changes: {
      Name: to('renamed'),
      Description: to('of orders'),
      LogConfig: to({ Level: 'INFO', IncludeDetail: 'FULL' }),
      Policy: to(
        policy('events:PutEvents', { 'Fn::Sub': 'arn:aws:events:us-east-1:${AWS::AccountId}:event-bus/walked-Policy' }),
      ),
      Tags: to(tags),
    },
  },
  'AWS::Events::Archive': {
    beside: { 'Bus~': bus, 'Other~': { ...bus, Properties: { Name: 'walked-other-~' } } },
    base: { SourceArn: att('Bus~', 'Arn') },
    changes: {
      ArchiveName: to('walked-archive'),
      SourceArn: to(att('Other~', 'Arn')),
      Description: to('of orders'),
      EventPattern: to(pattern),
      RetentionDays: to(7),
    },
  },
  'AWS::Events::EventBusPolicy': {
    beside: { 'Bus~': bus, 'Other~': { ...bus, Properties: { Name: 'walked-other-~' } } },
    base: { EventBusName: ref('Bus~'), StatementId: 'one', Action: 'events:PutEvents', Principal: '111122223333' },
    changes: {
      EventBusName: to(ref('Other~')),
      StatementId: to('two'),
      Principal: to('444455556666'),
      Statement: to(statement('events:PutRule'), {
        Action: undefined,
        Principal: undefined,
        Statement: statement('events:PutEvents'),
      }),
      Condition: to({ Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-1234567890' }, { Principal: '*' }),
    },
    still: { Action: 'There is but one that it may be.' },
  },
  'AWS::Events::Connection': {
    base: { AuthorizationType: 'API_KEY', AuthParameters: keyed('one') },
    changes: {
      Name: to('walked-connection'),
      Description: to('orders'),
      AuthParameters: to(keyed('two')),
    },
    still: { AuthorizationType: 'It changes together with AuthParameters: see api-destinations.test.ts.' },
    unread: { AuthParameters: 'What is secret nobody is told.' },
  },
  'AWS::Events::ApiDestination': {
    beside: {
      Connection: {
        Type: 'AWS::Events::Connection',
        Properties: { AuthorizationType: 'API_KEY', AuthParameters: keyed('one') },
      },
      OtherConnection: {
        Type: 'AWS::Events::Connection',
        Properties: { AuthorizationType: 'API_KEY', AuthParameters: keyed('two') },
      },
    },
    base: {
      ConnectionArn: att('Connection', 'Arn'),
      InvocationEndpoint: 'https://example.com/orders',
      HttpMethod: 'POST',
    },
    changes: {
      Name: to('walked-destination'),
      Description: to('orders'),
      ConnectionArn: to(att('OtherConnection', 'Arn')),
      InvocationEndpoint: to('https://example.com/others'),
      HttpMethod: to('PUT'),
      InvocationRateLimitPerSecond: to(7),
    },
  },
}
