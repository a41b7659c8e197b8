import { policy, ref, type Samples, tags, to } from '../sample.ts'

const bucket = { Type: 'AWS::S3::Bucket' }
const apart = 'Not read: its drift is not detected. s3-bucket-properties.test.ts has its changes.'

export const s3: Samples = {
  'AWS::S3::Bucket': {
    base: {},
    changes: {
      BucketName: to('walked-bucket-of-the-test'),
      AccelerateConfiguration: to({ AccelerationStatus: 'Enabled' }),
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
      AccessControl: apart,
      AnalyticsConfigurations: apart,
      IntelligentTieringConfigurations: apart,
      LoggingConfiguration: apart,
      MetricsConfigurations: apart,
      NotificationConfiguration: apart,
      ReplicationConfiguration: 'Not read: its drift is not detected. s3-replication.test.ts has it.',
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
