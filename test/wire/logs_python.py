"""The main flows of log groups through boto3. Prints what it saw as one JSON document."""
import json
import time

import boto3
from botocore.exceptions import ClientError


def main():
    logs = boto3.client("logs")
    out = {}
    logs.create_log_group(logGroupName="/app/a", tags={"team": "x"})
    for name in ("/app/b", "/other"):
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName="/app/a", retentionInDays=7)
    groups = [group for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/app/", PaginationConfig={"PageSize": 1}) for group in page["logGroups"]]
    out["groups"] = [[group["logGroupName"], group.get("retentionInDays")] for group in groups]
    out["tags"] = logs.list_tags_for_resource(resourceArn=groups[0]["logGroupArn"])["tags"]

    now = int(time.time() * 1000)
    for stream in ("one", "two"):
        logs.create_log_stream(logGroupName="/app/a", logStreamName=stream)
    lines = [{"timestamp": now - 100 + i, "message": json.dumps({"level": "ERROR" if i % 10 == 0 else "INFO", "n": i, "text": "ä"})} for i in range(50)]
    put = logs.put_log_events(logGroupName="/app/a", logStreamName="one", logEvents=lines)
    out["put"] = ["nextSequenceToken" in put, put.get("rejectedLogEventsInfo")]
    logs.put_log_events(logGroupName="/app/a", logStreamName="two", logEvents=[{"timestamp": now - 75, "message": "plain ERROR text"}])
    logs.put_log_events(logGroupName="/app/a", logStreamName="two", logEvents=[{"timestamp": now, "message": "in time"}])
    # What is older than 14 days is dropped, and that is told.
    logs.create_log_stream(logGroupName="/app/b", logStreamName="old")
    fortnight, hour = 14 * 86_400_000, 3_600_000
    aged = [{"timestamp": now - fortnight - hour, "message": "too old"}, {"timestamp": now - fortnight + hour, "message": "in time"}]
    old = logs.put_log_events(logGroupName="/app/b", logStreamName="old", logEvents=aged)
    kept = logs.get_log_events(logGroupName="/app/b", logStreamName="old", startFromHead=True)["events"]
    out["rejected"] = [old["rejectedLogEventsInfo"], [event["message"] for event in kept]]

    # One stream forwards and backwards, to where the token no longer moves.
    got, token = [], None
    while True:
        more = {"nextToken": token} if token else {"startFromHead": True}
        page = logs.get_log_events(logGroupName="/app/a", logStreamName="one", limit=20, **more)
        if page["nextForwardToken"] == token:
            break
        got += page["events"]
        token = page["nextForwardToken"]
    out["got"] = [len(got), got == sorted(got, key=lambda event: event["timestamp"]), json.loads(got[-1]["message"]), got[0]["timestamp"] == now - 100]
    last = logs.get_log_events(logGroupName="/app/a", logStreamName="one", limit=2)["events"]
    out["last"] = [json.loads(event["message"])["n"] for event in last]

    # Over streams, with patterns and pages.
    def found(**more):
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/app/a", PaginationConfig={"PageSize": 7}, **more)
        return [event for page in pages for event in page["events"]]

    every = found()
    out["all"] = [len(every), [event["timestamp"] for event in every] == sorted(event["timestamp"] for event in every)]
    out["json"] = [json.loads(event["message"])["n"] for event in found(filterPattern='{ $.level = "ERROR" && $.n >= 10 }')]
    out["word"] = len(found(filterPattern="ERROR -plain"))
    out["stream"] = [[event["message"], event["logStreamName"]] for event in found(logStreamNames=["two"], filterPattern='"ERROR text"')]
    out["window"] = [json.loads(event["message"])["n"] for event in found(logStreamNamePrefix="on", startTime=now - 100 + 47, endTime=now)]
    streams = [stream for page in logs.get_paginator("describe_log_streams").paginate(logGroupName="/app/a", orderBy="LastEventTime", descending=True) for stream in page["logStreams"]]
    out["streams"] = [[stream["logStreamName"], stream["firstEventTimestamp"] - now, stream["lastEventTimestamp"] - now] for stream in streams]

    errors = {}
    for name, call in {
        "group": lambda: logs.get_log_events(logGroupName="/none", logStreamName="x"),
        "stream": lambda: logs.put_log_events(logGroupName="/app/a", logStreamName="none", logEvents=[{"timestamp": now, "message": "x"}]),
        "again": lambda: logs.create_log_group(logGroupName="/other"),
        "pattern": lambda: found(filterPattern="{ $.a = "),
        "order": lambda: logs.put_log_events(logGroupName="/app/a", logStreamName="one", logEvents=[{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}]),
    }.items():
        try:
            call()
            errors[name] = None
        except ClientError as error:
            errors[name] = error.response["Error"]["Code"]
    out["errors"] = errors
    logs.delete_log_stream(logGroupName="/app/a", logStreamName="one")
    for name in ("/app/a", "/app/b", "/other"):
        logs.delete_log_group(logGroupName=name)
    out["left"] = logs.describe_log_groups()["logGroups"]
    print(json.dumps(out))


main()
