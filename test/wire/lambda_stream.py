import json
import sys

import boto3

client = boto3.client("lambda")


def call(name, **more):
    answer = client.invoke_with_response_stream(FunctionName=name, Payload=json.dumps({"n": 3}), **more)
    chunks, complete = b"", None
    for event in answer["EventStream"]:
        if "PayloadChunk" in event:
            chunks += event["PayloadChunk"]["Payload"]
        else:
            complete = event["InvokeComplete"]
    return answer, chunks.decode(), complete


answer, text, complete = call("streams", LogType="Tail")
whole = call("whole")
fails = call("fails")
try:
    call("nope")
    missing = None
except client.exceptions.ResourceNotFoundException as error:
    missing = error.response["Error"]["Code"]
print(
    json.dumps(
        {
            "stream": [answer["StatusCode"], answer["ExecutedVersion"], text, "LogResult" in complete],
            "whole": [whole[1], sorted(whole[2])],
            "fails": [fails[1], fails[2]["ErrorCode"], json.loads(fails[2]["ErrorDetails"])["errorMessage"]],
            "missing": missing,
        }
    )
)
