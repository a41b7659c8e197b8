"""Delivery streams as boto3 uses them."""
import gzip
import json
import time

import boto3
from botocore.exceptions import ClientError

firehose = boto3.client("firehose")
iam = boto3.client("iam")
s3 = boto3.client("s3")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


s3.create_bucket(Bucket="lake")
trust = policy(Principal={"Service": "firehose.amazonaws.com"}, Action="sts:AssumeRole")
role = iam.create_role(RoleName="py", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.put_role_policy(
    RoleName="py", PolicyName="p", PolicyDocument=policy(Action="s3:PutObject", Resource="arn:aws:s3:::lake/*")
)
destination = {
    "RoleARN": role,
    "BucketARN": "arn:aws:s3:::lake",
    "CompressionFormat": "GZIP",
    "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
}
given = {"DeliveryStreamName": "py", "ExtendedS3DestinationConfiguration": destination}
arn = firehose.create_delivery_stream(**given, Tags=[{"Key": "a", "Value": "1"}])["DeliveryStreamARN"]
described = firehose.describe_delivery_stream(DeliveryStreamName="py")["DeliveryStreamDescription"]
shown = described["Destinations"][0]
record = firehose.put_record(DeliveryStreamName="py", Record={"Data": b"one\n"})
batch = firehose.put_record_batch(DeliveryStreamName="py", Records=[{"Data": b"two\n"}, {"Data": b"three\n"}])

body = b""
until = time.time() + 10
while body.count(b"\n") < 3 and time.time() < until:
    found = s3.list_objects_v2(Bucket="lake").get("Contents", [])
    keys = sorted((one["Key"] for one in found), key=lambda key: key.rsplit("-", 6)[0])
    body = b"".join(gzip.decompress(s3.get_object(Bucket="lake", Key=key)["Body"].read()) for key in keys)

firehose.update_destination(
    DeliveryStreamName="py",
    CurrentDeliveryStreamVersionId=described["VersionId"],
    DestinationId=shown["DestinationId"],
    ExtendedS3DestinationUpdate={"CompressionFormat": "UNCOMPRESSED"},
)
listed = firehose.list_delivery_streams()
parquet = {**destination, "DataFormatConversionConfiguration": {"Enabled": True}}
print(
    json.dumps(
        {
            "arn": arn,
            "described": [
                described["DeliveryStreamStatus"],
                described["DeliveryStreamType"],
                described["VersionId"],
                shown["ExtendedS3DestinationDescription"]["CompressionFormat"],
            ],
            "put": [len(record["RecordId"]) > 0, batch["FailedPutCount"], len(batch["RequestResponses"])],
            "body": body.decode(),
            "version": firehose.describe_delivery_stream(DeliveryStreamName="py")["DeliveryStreamDescription"]["VersionId"],
            "listed": [listed["DeliveryStreamNames"], listed["HasMoreDeliveryStreams"]],
            "tags": firehose.list_tags_for_delivery_stream(DeliveryStreamName="py")["Tags"],
            "refused": {
                "twice": code(firehose.create_delivery_stream, **given),
                "missing": code(firehose.describe_delivery_stream, DeliveryStreamName="none"),
                "parquet": code(
                    firehose.create_delivery_stream,
                    DeliveryStreamName="parquet",
                    ExtendedS3DestinationConfiguration=parquet,
                ),
            },
        }
    )
)
