"""Topics as boto3 uses them."""
import json

import boto3
from botocore.exceptions import ClientError

sns = boto3.client("sns")
sqs = boto3.client("sqs")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


topic = sns.create_topic(Name="py", Attributes={"DisplayName": "py"}, Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
url = sqs.create_queue(QueueName="py")["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
policy = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    },
}
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
subscribed = sns.subscribe(
    TopicArn=topic,
    Protocol="sqs",
    Endpoint=queue,
    Attributes={"FilterPolicy": json.dumps({"n": [{"numeric": [">", 1]}]}), "RawMessageDelivery": "true"},
    ReturnSubscriptionArn=True,
)["SubscriptionArn"]
entries = [
    {"Id": str(n), "Message": f"m{n}", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": str(n)}}}
    for n in (1, 2)
]
batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=8, MessageAttributeNames=["All"])["Messages"][0]
print(
    json.dumps(
        {
            "published": [len(batch["Successful"]), len(batch["Failed"])],
            "got": [got["Body"], got["MessageAttributes"]["n"]["StringValue"]],
            "topics": [one["TopicArn"] == topic for page in sns.get_paginator("list_topics").paginate() for one in page["Topics"]],
            "subscriptions": [
                one["SubscriptionArn"] == subscribed
                for page in sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
                for one in page["Subscriptions"]
            ],
            "missing": code(sns.publish, TopicArn=topic + "none", Message="m"),
            "empty": code(sns.publish, TopicArn=topic, Message=""),
            "batch": code(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries[:1] * 2),
            "attribute": code(sns.publish, TopicArn=topic, Message="m", MessageAttributes={"n": {"DataType": "Number", "StringValue": "x"}}),
        }
    )
)
