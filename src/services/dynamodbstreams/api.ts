// Written by `npm run models`; do not edit.
import type {
  DescribeStreamCommandInput,
  DescribeStreamCommandOutput,
  GetRecordsCommandInput,
  GetRecordsCommandOutput,
  GetShardIteratorCommandInput,
  GetShardIteratorCommandOutput,
  ListStreamsCommandInput,
  ListStreamsCommandOutput,
} from '@aws-sdk/client-dynamodb-streams'

/** Every operation of DynamoDB Streams, as the SDK types it. */
export type Api = {
  DescribeStream: [DescribeStreamCommandInput, DescribeStreamCommandOutput]
  GetRecords: [GetRecordsCommandInput, GetRecordsCommandOutput]
  GetShardIterator: [GetShardIteratorCommandInput, GetShardIteratorCommandOutput]
  ListStreams: [ListStreamsCommandInput, ListStreamsCommandOutput]
}
