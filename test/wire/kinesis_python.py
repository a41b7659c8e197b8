"""Data streams as boto3 uses them."""
import json
import time

import boto3
from botocore.exceptions import ClientError

kinesis = boto3.client("kinesis")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


kinesis.create_stream(StreamName="py", ShardCount=2, Tags={"a": "1"})
kinesis.get_waiter("stream_exists").wait(StreamName="py")
summary = kinesis.describe_stream_summary(StreamName="py")["StreamDescriptionSummary"]
arn = summary["StreamARN"]
put = kinesis.put_records(
    StreamName="py",
    Records=[
        {"Data": b"\x00one", "PartitionKey": "k", "ExplicitHashKey": "0"},
        {"Data": b"two", "PartitionKey": "k", "ExplicitHashKey": "0"},
        {"Data": b"other", "PartitionKey": "k", "ExplicitHashKey": str(2**128 - 1)},
    ],
)
shard = put["Records"][0]["ShardId"]


def iterator(**start):
    return kinesis.get_shard_iterator(StreamName="py", ShardId=shard, **start)["ShardIterator"]


first = kinesis.get_records(ShardIterator=iterator(ShardIteratorType="TRIM_HORIZON"))
age = time.time() - first["Records"][0]["ApproximateArrivalTimestamp"].timestamp()
after = iterator(
    ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=put["Records"][0]["SequenceNumber"]
)
second = kinesis.get_records(ShardIterator=after)

consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="fan")["Consumer"]
pushed = kinesis.subscribe_to_shard(
    ConsumerARN=consumer["ConsumerARN"], ShardId=shard, StartingPosition={"Type": "TRIM_HORIZON"}
)
events = iter(pushed["EventStream"])
event = next(events)["SubscribeToShardEvent"]
position = event["ContinuationSequenceNumber"]
kinesis.put_record(StreamName="py", Data=b"three", PartitionKey="k", ExplicitHashKey="0")
later = next(events)["SubscribeToShardEvent"]
pushed["EventStream"].close()

kinesis.update_shard_count(StreamName="py", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
# Not by its paginator, which names the stream beside the token: the service refuses that.
page = kinesis.list_shards(StreamName="py", MaxResults=2)
shards = page["Shards"]
while "NextToken" in page:
    page = kinesis.list_shards(NextToken=page["NextToken"])
    shards += page["Shards"]
print(
    json.dumps(
        {
            "shards": summary["OpenShardCount"],
            "failed": put["FailedRecordCount"],
            "read": [one["Data"].decode("latin1") for one in first["Records"]],
            "lately": -60 < age < 60,
            "after": [one["Data"].decode() for one in second["Records"]],
            "pushed": [one["Data"].decode("latin1") for one in event["Records"]],
            "behind": position == event["Records"][-1]["SequenceNumber"],
            "later": [one["Data"].decode() for one in later["Records"]],
            "open": len([one for one in shards if "EndingSequenceNumber" not in one["SequenceNumberRange"]]),
            "all": len(shards),
            "tags": kinesis.list_tags_for_stream(StreamName="py")["Tags"],
            "settings": kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]["Status"],
            "refused": {
                "twice": code(kinesis.create_stream, StreamName="py", ShardCount=1),
                "missing": code(kinesis.describe_stream, StreamName="none"),
                "large": code(kinesis.put_record, StreamName="py", Data=b"x" * 1_048_577, PartitionKey="k"),
                "consumed": code(kinesis.delete_stream, StreamName="py"),
            },
        }
    )
)
