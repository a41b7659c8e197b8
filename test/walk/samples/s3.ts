import { att, policy, ref, type Samples, tags, to } from '../sample.ts'

const bucket = { Type: 'AWS::S3::Bucket' }

export const s3: Samples = {
  'AWS::S3::Bucket': {
    beside: {
      Logs: bucket,
      LogPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: ref('Logs'),
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'logging.s3.amazonaws.com' },
                Action: 's3:PutObject',
                Resource: { 'Fn::Sub': '${Logs.Arn}/*' },
              },
            ],
          },
        },
      },
      Told: { Type: 'AWS::SQS::Queue' },
      Tells: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [ref('Told')],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 's3.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: att('Told', 'Arn'),
              },
            ],
          },
        },
      },
      Copies: { ...bucket, Properties: { VersioningConfiguration: { Status: 'Enabled' } } },
      Copier: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' }],
          },
        },
      },
    },
    base: {},
    changes: {
      BucketName: to('walked-bucket-of-the-test'),
      AbacStatus: to('Enabled'),
      AccelerateConfiguration: to({ AccelerationStatus: 'Enabled' }),
      AnalyticsConfigurations: to([{ Id: 'use', Prefix: 'used/', StorageClassAnalysis: {} }], {
        AnalyticsConfigurations: [{ Id: 'use', StorageClassAnalysis: {} }],
      }),
      IntelligentTieringConfigurations: to([
        {
          Id: 'cold',
          Status: 'Enabled',
          TagFilters: [{ Key: 'cold', Value: 'yes' }],
          Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days: 120 }],
        },
      ]),
      InventoryConfigurations: to([
        {
          Id: 'weekly',
          Enabled: true,
          IncludedObjectVersions: 'All',
          ScheduleFrequency: 'Weekly',
          Prefix: 'docs/',
          OptionalFields: ['Size', 'ETag'],
          Destination: { BucketArn: att('Logs', 'Arn'), Format: 'CSV', Prefix: 'reports' },
        },
      ]),
      LoggingConfiguration: to({
        DestinationBucketName: ref('Logs'),
        LogFilePrefix: 'walked/',
        TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } },
      }),
      MetricsConfigurations: to([{ Id: 'all' }, { Id: 'some', Prefix: 'p/', TagFilters: [{ Key: 'k', Value: 'v' }] }]),
      NotificationConfiguration: to({
        QueueConfigurations: [
          {
            Event: 's3:ObjectCreated:*',
            Queue: att('Told', 'Arn'),
            Filter: { S3Key: { Rules: [{ Name: 'Suffix', Value: '.jpg' }] } },
          },
          { Event: 's3:ObjectRemoved:*', Queue: att('Told', 'Arn') },
        ],
      }),
      ReplicationConfiguration: to(
        {
          Role: att('Copier', 'Arn'),
          Rules: [
            {
              Id: 'docs',
              Priority: 1,
              Status: 'Enabled',
              Filter: { And: { Prefix: 'docs/', TagFilters: [{ Key: 'copy', Value: 'yes' }] } },
              DeleteMarkerReplication: { Status: 'Disabled' },
              Destination: { Bucket: att('Copies', 'Arn') },
            },
          ],
        },
        { VersioningConfiguration: { Status: 'Enabled' } },
      ),
      BucketEncryption: to({
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
      }),
      CorsConfiguration: to({ CorsRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'], MaxAge: 60 }] }),
      LifecycleConfiguration: to({ Rules: [{ Id: 'old', Status: 'Enabled', ExpirationInDays: 3 }] }),
      ObjectLockEnabled: to(true),
      ObjectLockConfiguration: to(
        { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } },
        { ObjectLockEnabled: true },
      ),
      OwnershipControls: to({ Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] }),
      PublicAccessBlockConfiguration: to({ BlockPublicAcls: false }),
      Tags: to(tags),
      VersioningConfiguration: to({ Status: 'Enabled' }),
      WebsiteConfiguration: to({ IndexDocument: 'index.html' }),
    },
    still: {
      AccessControl: 'Not read: its drift is not detected. s3-bucket-properties.test.ts has its changes.',
    },
    leaves: {
      AccelerateConfiguration: 'A bucket that had it has it suspended.',
      VersioningConfiguration: 'A bucket that had it has it suspended.',
    },
  },
  'AWS::S3::BucketPolicy': {
    beside: { 'Bucket~': bucket, 'Other~': bucket },
    base: {
      Bucket: ref('Bucket~'),
      PolicyDocument: policy('s3:GetObject', { 'Fn::Sub': '${Bucket~.Arn}/*' }),
    },
    changes: { PolicyDocument: to(policy('s3:PutObject', { 'Fn::Sub': '${Bucket~.Arn}/*' })) },
    still: { Bucket: 'The document names the bucket too.' },
  },
}
