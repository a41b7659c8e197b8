// Written by `npm run models`; do not edit.
import type {
  CreateDeliveryStreamCommandInput,
  CreateDeliveryStreamCommandOutput,
  DeleteDeliveryStreamCommandInput,
  DeleteDeliveryStreamCommandOutput,
  DescribeDeliveryStreamCommandInput,
  DescribeDeliveryStreamCommandOutput,
  ListDeliveryStreamsCommandInput,
  ListDeliveryStreamsCommandOutput,
  ListTagsForDeliveryStreamCommandInput,
  ListTagsForDeliveryStreamCommandOutput,
  PutRecordCommandInput,
  PutRecordCommandOutput,
  PutRecordBatchCommandInput,
  PutRecordBatchCommandOutput,
  StartDeliveryStreamEncryptionCommandInput,
  StartDeliveryStreamEncryptionCommandOutput,
  StopDeliveryStreamEncryptionCommandInput,
  StopDeliveryStreamEncryptionCommandOutput,
  TagDeliveryStreamCommandInput,
  TagDeliveryStreamCommandOutput,
  UntagDeliveryStreamCommandInput,
  UntagDeliveryStreamCommandOutput,
  UpdateDestinationCommandInput,
  UpdateDestinationCommandOutput,
} from '@aws-sdk/client-firehose'

/** Every operation of Firehose, as the SDK types it. */
export type Api = {
  CreateDeliveryStream: [CreateDeliveryStreamCommandInput, CreateDeliveryStreamCommandOutput]
  DeleteDeliveryStream: [DeleteDeliveryStreamCommandInput, DeleteDeliveryStreamCommandOutput]
  DescribeDeliveryStream: [DescribeDeliveryStreamCommandInput, DescribeDeliveryStreamCommandOutput]
  ListDeliveryStreams: [ListDeliveryStreamsCommandInput, ListDeliveryStreamsCommandOutput]
  ListTagsForDeliveryStream: [ListTagsForDeliveryStreamCommandInput, ListTagsForDeliveryStreamCommandOutput]
  PutRecord: [PutRecordCommandInput, PutRecordCommandOutput]
  PutRecordBatch: [PutRecordBatchCommandInput, PutRecordBatchCommandOutput]
  StartDeliveryStreamEncryption: [StartDeliveryStreamEncryptionCommandInput, StartDeliveryStreamEncryptionCommandOutput]
  StopDeliveryStreamEncryption: [StopDeliveryStreamEncryptionCommandInput, StopDeliveryStreamEncryptionCommandOutput]
  TagDeliveryStream: [TagDeliveryStreamCommandInput, TagDeliveryStreamCommandOutput]
  UntagDeliveryStream: [UntagDeliveryStreamCommandInput, UntagDeliveryStreamCommandOutput]
  UpdateDestination: [UpdateDestinationCommandInput, UpdateDestinationCommandOutput]
}
