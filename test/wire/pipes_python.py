"""Pipes, connections and API destinations as boto3 uses them."""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
from botocore.exceptions import ClientError

pipes = boto3.client("pipes")
events = boto3.client("events")
sqs = boto3.client("sqs")
iam = boto3.client("iam")
got = []


class Endpoint(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        got.append([self.path, self.headers["x-key"], json.loads(body)])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


def policy(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}})


def until(look, wanted):
    for _ in range(400):
        found = look()
        if found == wanted:
            return found
        time.sleep(0.02)
    return found


trust = policy(Principal={"Service": "pipes.amazonaws.com"}, Action="sts:AssumeRole")
role = iam.create_role(RoleName="py", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
allowed = policy(Action=["sqs:*", "events:InvokeApiDestination"], Resource="*")
iam.put_role_policy(RoleName="py", PolicyName="p", PolicyDocument=allowed)
url = sqs.create_queue(QueueName="py")["QueueUrl"]
queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
connection = events.create_connection(
    Name="py",
    AuthorizationType="API_KEY",
    AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "hunter2"}},
)["ConnectionArn"]
authorized = until(lambda: events.describe_connection(Name="py")["ConnectionState"], "AUTHORIZED")
destination = events.create_api_destination(
    Name="py",
    ConnectionArn=connection,
    InvocationEndpoint=f"http://127.0.0.1:{server.server_port}/orders/*",
    HttpMethod="POST",
    InvocationRateLimitPerSecond=10,
)["ApiDestinationArn"]
given = {
    "Name": "py",
    "RoleArn": role,
    "Source": queue,
    "SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["order"]}})}]}},
    "Target": destination,
    "TargetParameters": {
        "InputTemplate": '{"id": <$.body.id>}',
        "HttpParameters": {"PathParameterValues": ["$.body.id"]},
    },
    "Tags": {"a": "1"},
}
made = pipes.create_pipe(**given)
running = until(lambda: pipes.describe_pipe(Name="py")["CurrentState"], "RUNNING")
for body in [{"kind": "other", "id": 1}, {"kind": "order", "id": 2}]:
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
arrived = until(lambda: list(got), [["/orders/2", "hunter2", {"id": 2}]])
stopping = pipes.stop_pipe(Name="py")["CurrentState"]
stopped = until(lambda: pipes.describe_pipe(Name="py")["CurrentState"], "STOPPED")
pipes.update_pipe(Name="py", RoleArn=role, Description="by boto3")
until(lambda: pipes.describe_pipe(Name="py")["CurrentState"], "STOPPED")
found = pipes.describe_pipe(Name="py")
shown = events.describe_connection(Name="py")
refused = {
    "twice": code(pipes.create_pipe, **given),
    "missing": code(pipes.describe_pipe, Name="none"),
    "source": code(pipes.create_pipe, **{**given, "Name": "b", "Source": "arn:aws:mq:us-east-1:000000000000:broker:b"}),
    "connection": code(events.describe_connection, Name="none"),
}
listed = [one["Name"] for page in pipes.get_paginator("list_pipes").paginate() for one in page["Pipes"]]
pipes.delete_pipe(Name="py")
deleted = until(lambda: code(pipes.describe_pipe, Name="py"), ["NotFoundException", 404])
events.delete_api_destination(Name="py")
events.delete_connection(Name="py")
print(
    json.dumps(
        {
            "made": [made["Arn"], made["CurrentState"]],
            "states": [authorized, running, stopping, stopped],
            "arrived": arrived,
            "found": [found["Description"], found["Tags"], found["TargetParameters"] == given["TargetParameters"]],
            "shown": shown["AuthParameters"],
            "refused": refused,
            "listed": listed,
            "deleted": deleted,
        }
    )
)
