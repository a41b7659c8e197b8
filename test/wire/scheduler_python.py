"""Schedules as boto3 uses them."""
import json
from datetime import datetime, timezone

import boto3
from botocore.exceptions import ClientError

scheduler = boto3.client("scheduler")
sqs = boto3.client("sqs")
iam = boto3.client("iam")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


url = sqs.create_queue(QueueName="py")["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
trust = policy(Principal={"Service": "scheduler.amazonaws.com"}, Action="sts:AssumeRole")
role = iam.create_role(RoleName="py", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.put_role_policy(RoleName="py", PolicyName="p", PolicyDocument=policy(Action="sqs:SendMessage", Resource=queue))
group = scheduler.create_schedule_group(Name="py", Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
given = {
    "Name": "py",
    "GroupName": "py",
    "ScheduleExpression": "rate(1 days)",
    "ScheduleExpressionTimezone": "Europe/Vienna",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "EndDate": datetime(2100, 1, 1, tzinfo=timezone.utc),
    "Target": {"Arn": queue, "RoleArn": role, "Input": "hello"},
}
made = scheduler.create_schedule(**given)["ScheduleArn"]
got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=8)["Messages"][0]["Body"]
updated = scheduler.update_schedule(**{**given, "State": "DISABLED"})["ScheduleArn"]
found = scheduler.get_schedule(Name="py", GroupName="py")
listed = [
    one["Name"] for page in scheduler.get_paginator("list_schedules").paginate(GroupName="py") for one in page["Schedules"]
]
groups = [
    one["Name"] for page in scheduler.get_paginator("list_schedule_groups").paginate() for one in page["ScheduleGroups"]
]
tags = scheduler.list_tags_for_resource(ResourceArn=group)["Tags"]
refused = {
    "twice": code(scheduler.create_schedule, **{**given, "ClientToken": "other"}),
    "missing": code(scheduler.get_schedule, Name="none"),
    "expression": code(scheduler.create_schedule, **{**given, "Name": "b", "ScheduleExpression": "rate(x)"}),
}
scheduler.delete_schedule(Name="py", GroupName="py")
print(
    json.dumps(
        {
            "arns": [made, updated == made],
            "got": got,
            "found": [found["State"], found["EndDate"].year, found["Target"]["RetryPolicy"]["MaximumRetryAttempts"]],
            "listed": listed,
            "groups": groups,
            "tags": tags,
            "refused": refused,
            "deleted": code(scheduler.get_schedule, Name="py", GroupName="py"),
        }
    )
)
