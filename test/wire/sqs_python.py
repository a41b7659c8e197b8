"""The main flows of queues through boto3. Prints what it saw as one JSON document. With `query`, by the protocol of old clients."""
import copy
import gzip
import json
import os
import sys
import threading

import boto3
import botocore
from botocore.exceptions import ClientError


def by_query(session):
    """The model of SQS as botocore had it before 2023: the same shapes, sent as forms and answered in XML."""
    folder = os.path.join(os.path.dirname(botocore.__file__), "data", "sqs", "2012-11-05")
    path = os.path.join(folder, "service-2.json")
    with gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb") as file:
        model = json.load(file)
    for name in ("awsQueryCompatible", "jsonVersion", "targetPrefix", "protocols"):
        model["metadata"].pop(name, None)
    model["metadata"]["protocol"] = "query"
    model["metadata"]["xmlNamespace"] = "http://queue.amazonaws.com/doc/2012-11-05/"
    shapes = model["shapes"]
    for operation in model["operations"].values():
        if "output" in operation:
            operation["output"]["resultWrapper"] = operation["name"] + "Result"
    shapes["QueueDoesNotExist"]["error"] = {"code": "AWS.SimpleQueueService.NonExistentQueue", "httpStatusCode": 400}
    # Its lists and maps were flattened, and their items named.
    members = {"QueueUrlList": "QueueUrl", "MessageList": "Message", "AttributeNameList": "AttributeName",
               "MessageAttributeNameList": "MessageAttributeName"}
    for name, shape in shapes.items():
        if shape["type"] == "list":
            shape["flattened"] = True
            shape["member"]["locationName"] = members.get(name, shape["member"]["shape"])
        if shape["type"] == "map":
            shape["flattened"] = True
            tags = name == "TagMap"
            shape["locationName"] = "Tag" if tags else "MessageAttribute" if "Body" in name else "Attribute"
            shape["key"]["locationName"] = "Key" if tags else "Name"
            shape["value"]["locationName"] = "Value"
    loader = session._session.get_component("data_loader")
    load = loader.load_service_model
    loader.load_service_model = lambda service, kind, api_version=None: (
        copy.deepcopy(model) if (service, kind) == ("sqs", "service-2") else load(service, kind, api_version)
    )


def body(message):
    return message["Body"]


def main():
    session = boto3.Session()
    if sys.argv[1:] == ["query"]:
        by_query(session)
    sqs = session.client("sqs")
    prefix = "q-" if sys.argv[1:] == ["query"] else "j-"
    out = {"protocol": sqs.meta.service_model.protocol_name if hasattr(sqs.meta.service_model, "protocol_name") else sqs.meta.service_model.metadata["protocol"]}

    # Standard queues: attributes, tags, all kinds of message attributes.
    url = sqs.create_queue(QueueName=prefix + "std", Attributes={"VisibilityTimeout": "45"}, tags={"team": "a&b"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0", "MaximumMessageSize": "2048"})
    read = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout", "MaximumMessageSize", "QueueArn"])
    out["attributes"] = read["Attributes"]
    out["tags"] = sqs.list_queue_tags(QueueUrl=url)["Tags"]
    out["found"] = sqs.get_queue_url(QueueName=prefix + "std")["QueueUrl"] == url
    sqs.send_message(
        QueueUrl=url,
        MessageBody='<ä & "b">\n',
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "wört"},
            "number": {"DataType": "Number.int", "StringValue": "7"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
    )
    [got] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"]
    values = got["MessageAttributes"]
    out["message"] = [
        got["Body"],
        values["text"]["StringValue"],
        [values["number"]["DataType"], values["number"]["StringValue"]],
        list(values["bytes"]["BinaryValue"]),
        got["Attributes"]["ApproximateReceiveCount"],
    ]
    out["hidden"] = sqs.receive_message(QueueUrl=url).get("Messages", [])
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    [again] = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"]
    out["again"] = again["Attributes"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])

    # Batches: what is wrong with one entry does not touch the others.
    sent = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "one", "MessageBody": "1"},
            {"Id": "wrong", "MessageBody": "2", "DelaySeconds": 901},
            {"Id": "three", "MessageBody": "3"},
        ],
    )
    out["sent"] = [sorted(each["Id"] for each in sent["Successful"]), [[each["Id"], each["Code"], each["SenderFault"]] for each in sent["Failed"]]]
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    while len(got) < 2:
        got += sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
    out["received"] = sorted(map(body, got))
    changed = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 60} for i, m in enumerate(got)]
    )
    deleted = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)] + [{"Id": "bad", "ReceiptHandle": "x"}],
    )
    out["batches"] = [len(changed["Successful"]), len(deleted["Successful"]), [[f["Id"], f["Code"]] for f in deleted["Failed"]]]

    # A long poll answers when something comes.
    other = session.client("sqs")
    waiting = threading.Timer(0.2, lambda: other.send_message(QueueUrl=url, MessageBody="late"))
    waiting.start()
    [late] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    waiting.join()
    out["late"] = late["Body"]
    sqs.purge_queue(QueueUrl=url)

    # Redrive: what is received too often goes to the dead-letter queue.
    dead = sqs.create_queue(QueueName=prefix + "dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    source = sqs.create_queue(QueueName=prefix + "source", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=source, MessageBody="poison")
    sqs.receive_message(QueueUrl=source)
    out["source"] = sqs.receive_message(QueueUrl=source).get("Messages", [])
    [poison] = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=5, AttributeNames=["All"])["Messages"]
    out["poison"] = [poison["Body"], poison["Attributes"].get("DeadLetterQueueSourceArn", "").rpartition(":")[2]]
    out["sources"] = [u == source for page in sqs.get_paginator("list_dead_letter_source_queues").paginate(QueueUrl=dead) for u in page["queueUrls"]]

    # FIFO: order in a group, one group at a time, duplicates dropped.
    fifo = sqs.create_queue(QueueName=prefix + "f.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
    first = sqs.send_message(QueueUrl=fifo, MessageBody="a1", MessageGroupId="a")
    twice = sqs.send_message(QueueUrl=fifo, MessageBody="a1", MessageGroupId="a")
    out["duplicate"] = first["MessageId"] == twice["MessageId"]
    more = sqs.send_message_batch(
        QueueUrl=fifo,
        Entries=[{"Id": str(i), "MessageBody": text, "MessageGroupId": text[0], "MessageDeduplicationId": text} for i, text in enumerate(["a2", "b1", "a3"])],
    )["Successful"]
    numbers = [first["SequenceNumber"]] + [each["SequenceNumber"] for each in sorted(more, key=lambda each: each["Id"])]
    out["sequence"] = numbers == sorted(numbers)
    got = sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=2, AttributeNames=["All"])["Messages"]
    out["group"] = [[m["Body"], m["Attributes"]["MessageGroupId"]] for m in got]
    rest = sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=10)["Messages"] if got[-1]["Body"] == "a2" else []
    out["rest"] = [m["Body"] for m in rest]

    # Lists and errors.
    out["pages"] = [len(page.get("QueueUrls", [])) for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 3})]
    errors = {}
    for name, call in {
        "missing": lambda: sqs.get_queue_url(QueueName="none"),
        "attribute": lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Nonsense": "1"}),
        "handle": lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle="x"),
        "empty": lambda: sqs.send_message_batch(QueueUrl=url, Entries=[]),
        "group": lambda: sqs.send_message(QueueUrl=fifo, MessageBody="x"),
    }.items():
        try:
            call()
        except ClientError as error:
            errors[name] = [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    out["errors"] = errors
    try:
        sqs.get_queue_url(QueueName="none")
    except sqs.exceptions.QueueDoesNotExist:
        out["typed"] = True
    for queue in (url, dead, source, fifo):
        sqs.delete_queue(QueueUrl=queue)
    out["left"] = sqs.list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
    print(json.dumps(out))


main()
