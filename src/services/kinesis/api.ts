// Written by `npm run models`; do not edit.
import type {
  AddTagsToStreamCommandInput,
  AddTagsToStreamCommandOutput,
  CreateChannelCommandInput,
  CreateChannelCommandOutput,
  CreateStreamCommandInput,
  CreateStreamCommandOutput,
  DecreaseStreamRetentionPeriodCommandInput,
  DecreaseStreamRetentionPeriodCommandOutput,
  DeleteChannelCommandInput,
  DeleteChannelCommandOutput,
  DeleteResourcePolicyCommandInput,
  DeleteResourcePolicyCommandOutput,
  DeleteStreamCommandInput,
  DeleteStreamCommandOutput,
  DeregisterStreamConsumerCommandInput,
  DeregisterStreamConsumerCommandOutput,
  DescribeAccountSettingsCommandInput,
  DescribeAccountSettingsCommandOutput,
  DescribeChannelCommandInput,
  DescribeChannelCommandOutput,
  DescribeLimitsCommandInput,
  DescribeLimitsCommandOutput,
  DescribeStreamCommandInput,
  DescribeStreamCommandOutput,
  DescribeStreamConsumerCommandInput,
  DescribeStreamConsumerCommandOutput,
  DescribeStreamSummaryCommandInput,
  DescribeStreamSummaryCommandOutput,
  DisableEnhancedMonitoringCommandInput,
  DisableEnhancedMonitoringCommandOutput,
  EnableEnhancedMonitoringCommandInput,
  EnableEnhancedMonitoringCommandOutput,
  GetRecordsCommandInput,
  GetRecordsCommandOutput,
  GetResourcePolicyCommandInput,
  GetResourcePolicyCommandOutput,
  GetShardIteratorCommandInput,
  GetShardIteratorCommandOutput,
  IncreaseStreamRetentionPeriodCommandInput,
  IncreaseStreamRetentionPeriodCommandOutput,
  ListChannelsCommandInput,
  ListChannelsCommandOutput,
  ListShardsCommandInput,
  ListShardsCommandOutput,
  ListStreamConsumersCommandInput,
  ListStreamConsumersCommandOutput,
  ListStreamsCommandInput,
  ListStreamsCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  ListTagsForStreamCommandInput,
  ListTagsForStreamCommandOutput,
  MergeShardsCommandInput,
  MergeShardsCommandOutput,
  PutRecordCommandInput,
  PutRecordCommandOutput,
  PutRecordsCommandInput,
  PutRecordsCommandOutput,
  PutResourcePolicyCommandInput,
  PutResourcePolicyCommandOutput,
  RegisterStreamConsumerCommandInput,
  RegisterStreamConsumerCommandOutput,
  RemoveTagsFromStreamCommandInput,
  RemoveTagsFromStreamCommandOutput,
  SplitShardCommandInput,
  SplitShardCommandOutput,
  StartStreamEncryptionCommandInput,
  StartStreamEncryptionCommandOutput,
  StopStreamEncryptionCommandInput,
  StopStreamEncryptionCommandOutput,
  SubscribeToShardCommandInput,
  SubscribeToShardCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
  UpdateAccountSettingsCommandInput,
  UpdateAccountSettingsCommandOutput,
  UpdateChannelCommandInput,
  UpdateChannelCommandOutput,
  UpdateMaxRecordSizeCommandInput,
  UpdateMaxRecordSizeCommandOutput,
  UpdateShardCountCommandInput,
  UpdateShardCountCommandOutput,
  UpdateStreamModeCommandInput,
  UpdateStreamModeCommandOutput,
  UpdateStreamRecordDistributionStrategyCommandInput,
  UpdateStreamRecordDistributionStrategyCommandOutput,
  UpdateStreamWarmThroughputCommandInput,
  UpdateStreamWarmThroughputCommandOutput,
} from '@aws-sdk/client-kinesis'

/** Every operation of Kinesis, as the SDK types it. */
export type Api = {
  AddTagsToStream: [AddTagsToStreamCommandInput, AddTagsToStreamCommandOutput]
  CreateChannel: [CreateChannelCommandInput, CreateChannelCommandOutput]
  CreateStream: [CreateStreamCommandInput, CreateStreamCommandOutput]
  DecreaseStreamRetentionPeriod: [DecreaseStreamRetentionPeriodCommandInput, DecreaseStreamRetentionPeriodCommandOutput]
  DeleteChannel: [DeleteChannelCommandInput, DeleteChannelCommandOutput]
  DeleteResourcePolicy: [DeleteResourcePolicyCommandInput, DeleteResourcePolicyCommandOutput]
  DeleteStream: [DeleteStreamCommandInput, DeleteStreamCommandOutput]
  DeregisterStreamConsumer: [DeregisterStreamConsumerCommandInput, DeregisterStreamConsumerCommandOutput]
  DescribeAccountSettings: [DescribeAccountSettingsCommandInput, DescribeAccountSettingsCommandOutput]
  DescribeChannel: [DescribeChannelCommandInput, DescribeChannelCommandOutput]
  DescribeLimits: [DescribeLimitsCommandInput, DescribeLimitsCommandOutput]
  DescribeStream: [DescribeStreamCommandInput, DescribeStreamCommandOutput]
  DescribeStreamConsumer: [DescribeStreamConsumerCommandInput, DescribeStreamConsumerCommandOutput]
  DescribeStreamSummary: [DescribeStreamSummaryCommandInput, DescribeStreamSummaryCommandOutput]
  DisableEnhancedMonitoring: [DisableEnhancedMonitoringCommandInput, DisableEnhancedMonitoringCommandOutput]
  EnableEnhancedMonitoring: [EnableEnhancedMonitoringCommandInput, EnableEnhancedMonitoringCommandOutput]
  GetRecords: [GetRecordsCommandInput, GetRecordsCommandOutput]
  GetResourcePolicy: [GetResourcePolicyCommandInput, GetResourcePolicyCommandOutput]
  GetShardIterator: [GetShardIteratorCommandInput, GetShardIteratorCommandOutput]
  IncreaseStreamRetentionPeriod: [IncreaseStreamRetentionPeriodCommandInput, IncreaseStreamRetentionPeriodCommandOutput]
  ListChannels: [ListChannelsCommandInput, ListChannelsCommandOutput]
  ListShards: [ListShardsCommandInput, ListShardsCommandOutput]
  ListStreamConsumers: [ListStreamConsumersCommandInput, ListStreamConsumersCommandOutput]
  ListStreams: [ListStreamsCommandInput, ListStreamsCommandOutput]
  ListTagsForResource: [ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput]
  ListTagsForStream: [ListTagsForStreamCommandInput, ListTagsForStreamCommandOutput]
  MergeShards: [MergeShardsCommandInput, MergeShardsCommandOutput]
  PutRecord: [PutRecordCommandInput, PutRecordCommandOutput]
  PutRecords: [PutRecordsCommandInput, PutRecordsCommandOutput]
  PutResourcePolicy: [PutResourcePolicyCommandInput, PutResourcePolicyCommandOutput]
  RegisterStreamConsumer: [RegisterStreamConsumerCommandInput, RegisterStreamConsumerCommandOutput]
  RemoveTagsFromStream: [RemoveTagsFromStreamCommandInput, RemoveTagsFromStreamCommandOutput]
  SplitShard: [SplitShardCommandInput, SplitShardCommandOutput]
  StartStreamEncryption: [StartStreamEncryptionCommandInput, StartStreamEncryptionCommandOutput]
  StopStreamEncryption: [StopStreamEncryptionCommandInput, StopStreamEncryptionCommandOutput]
  SubscribeToShard: [SubscribeToShardCommandInput, SubscribeToShardCommandOutput]
  TagResource: [TagResourceCommandInput, TagResourceCommandOutput]
  UntagResource: [UntagResourceCommandInput, UntagResourceCommandOutput]
  UpdateAccountSettings: [UpdateAccountSettingsCommandInput, UpdateAccountSettingsCommandOutput]
  UpdateChannel: [UpdateChannelCommandInput, UpdateChannelCommandOutput]
  UpdateMaxRecordSize: [UpdateMaxRecordSizeCommandInput, UpdateMaxRecordSizeCommandOutput]
  UpdateShardCount: [UpdateShardCountCommandInput, UpdateShardCountCommandOutput]
  UpdateStreamMode: [UpdateStreamModeCommandInput, UpdateStreamModeCommandOutput]
  UpdateStreamRecordDistributionStrategy: [UpdateStreamRecordDistributionStrategyCommandInput, UpdateStreamRecordDistributionStrategyCommandOutput]
  UpdateStreamWarmThroughput: [UpdateStreamWarmThroughputCommandInput, UpdateStreamWarmThroughputCommandOutput]
}
