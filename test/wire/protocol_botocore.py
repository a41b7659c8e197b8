"""Sends each case through botocore without a network and tells what was sent and what botocore made of the answer.

stdin: a list of {service, operation, input, expected, response: {status, headers, body (base64)}}. stdout: one result a case.
"""
import base64
import datetime
import json
import sys

import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.session


def unpack(value):
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        if "$date" in value:
            return datetime.datetime.fromisoformat(value["$date"].replace("Z", "+00:00"))
        return {key: unpack(item) for key, item in value.items()}
    return [unpack(item) for item in value] if isinstance(value, list) else value


def pack(value):
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$date": value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"}
    if isinstance(value, dict):
        return {key: pack(item) for key, item in value.items()}
    return [pack(item) for item in value] if isinstance(value, (list, tuple)) else value


def known(value, shape):
    """Without the members that this botocore's models lack."""
    if shape is None:
        return {}
    if shape.type_name == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        return {key: known(item, shape.members[key]) for key, item in value.items() if key in shape.members}
    if shape.type_name == "list" and isinstance(value, list):
        return [known(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: known(item, shape.value) for key, item in value.items()}
    return value


class Raw:
    def __init__(self, body):
        self.body = body

    def stream(self, **kwargs):
        yield self.body

    def read(self, amount=None):
        body, self.body = self.body, b""
        return body


session = botocore.session.Session()
session.set_credentials("test", "test")
clients = {}
state = {}


def before_send(request, **kwargs):
    body = request.body
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    headers = {key: value.decode() if isinstance(value, bytes) else str(value) for key, value in request.headers.items()}
    state["request"] = {"method": request.method, "url": request.url, "headers": headers, "body": base64.b64encode(body or b"").decode()}
    answer = state["answer"]
    return botocore.awsrequest.AWSResponse(request.url, answer["status"], botocore.awsrequest.HeadersDict(answer["headers"]), Raw(base64.b64decode(answer["body"])))


def client(service):
    if service not in clients:
        config = botocore.config.Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            inject_host_prefix=False,
        )
        clients[service] = session.create_client(service, region_name="eu-west-1", endpoint_url="http://127.0.0.1:4566", config=config)
        clients[service].meta.events.register("before-send", before_send)
    return clients[service]


results = []
for case in json.load(sys.stdin):
    state.clear()
    state["answer"] = case["response"]
    result = {}
    made = client(case["service"])
    try:
        model = made.meta.service_model.operation_model(case["operation"])
        given = known(unpack(case["input"]), model.input_shape)
        result["input"] = pack(given)
        result["expected"] = pack(known(unpack(case.get("expected", {})), model.output_shape))
        output = made._make_api_call(case["operation"], given)
        output.pop("ResponseMetadata", None)
        result["output"] = pack(output)
    except botocore.exceptions.ClientError as error:
        result["error"] = {"kind": "ClientError", "code": error.response["Error"].get("Code"), "message": error.response["Error"].get("Message"), "status": error.response["ResponseMetadata"].get("HTTPStatusCode"), "requestId": error.response["ResponseMetadata"].get("RequestId")}
    except botocore.model.OperationNotFoundError:
        result["absent"] = True
    except Exception as error:
        result["error"] = {"kind": type(error).__name__, "message": str(error)[:500]}
    result["request"] = state.get("request")
    results.append(result)
json.dump(results, sys.stdout)
