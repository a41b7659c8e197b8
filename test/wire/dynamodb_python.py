"""The main flows of tables through boto3, resource and client. Prints what it saw as one JSON document."""
import json
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError


def plain(value):
    """What JSON can say: numbers as text, sets as sorted lists under their kind."""
    if isinstance(value, Decimal):
        return f"N:{value}"
    if isinstance(value, (Binary, bytes)):
        return {"bytes": list(bytes(value))}
    if isinstance(value, set):
        return {"set": sorted((plain(item) for item in value), key=str)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def refusal(call):
    try:
        call()
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


def main():
    dynamodb, client = boto3.resource("dynamodb"), boto3.client("dynamodb")
    out = {}
    table = dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "customer", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
            {"AttributeName": "status", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": "by-status", "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}, {"AttributeName": "number", "KeyType": "RANGE"}], "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    table.reload()
    out["table"] = [table.table_status, table.item_count, table.global_secondary_indexes[0]["IndexStatus"]]

    # Every type there and back.
    everything = {
        "customer": "ä",
        "number": Decimal("1"),
        "exact": Decimal("-12345678901234567890.123456789012345678"),
        "tiny": Decimal("1E-130"),
        "bytes": Binary(b"\x00\xff"),
        "yes": True,
        "nothing": None,
        "empty": "",
        "words": {"a", "b"},
        "numbers": {Decimal("1"), Decimal("2.5")},
        "blobs": {Binary(b"x"), Binary(b"y")},
        "list": [Decimal("1"), "two", [], {"three": set("3")}],
        "map": {"deep": {"er": None}},
    }
    table.put_item(Item=everything)
    got = table.get_item(Key={"customer": "ä", "number": 1}, ConsistentRead=True)["Item"]
    out["same"] = got == everything
    out["item"] = plain(got)

    # Updates and conditions.
    updated = table.update_item(
        Key={"customer": "ä", "number": 1},
        UpdateExpression="SET #m.deep.er = :v, n = if_not_exists(n, :zero) + :one ADD words :w REMOVE tiny DELETE numbers :n",
        ExpressionAttributeNames={"#m": "map"},
        ExpressionAttributeValues={":v": Decimal("0.10"), ":zero": 0, ":one": 1, ":w": {"c"}, ":n": {Decimal("1")}},
        ReturnValues="UPDATED_NEW",
    )["Attributes"]
    out["updated"] = plain(updated)
    out["taken"] = refusal(lambda: table.put_item(Item={"customer": "ä", "number": 1}, ConditionExpression=Attr("customer").not_exists()))
    try:
        client.put_item(
            TableName="orders",
            Item={"customer": {"S": "ä"}, "number": {"N": "1"}},
            ConditionExpression="attribute_not_exists(customer)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except client.exceptions.ConditionalCheckFailedException as error:
        out["old"] = [error.response["Item"]["customer"], error.response["Error"]["Message"]]
    out["deleted"] = table.delete_item(Key={"customer": "ä", "number": 1}, ConditionExpression=Attr("yes").eq(True), ReturnValues="ALL_OLD")["Attributes"]["customer"]
    out["gone"] = table.get_item(Key={"customer": "ä", "number": 1}).get("Item")

    # Batches, pages, filters, indexes.
    with table.batch_writer(overwrite_by_pkeys=["customer", "number"]) as batch:
        for i in range(30):
            batch.put_item(Item={"customer": "bob", "number": i, "status": "open" if i % 3 else "done", "pad": "x" * 10})
        batch.delete_item(Key={"customer": "bob", "number": 29})
    pages = client.get_paginator("query").paginate(
        TableName="orders",
        KeyConditionExpression="customer = :c AND #n BETWEEN :from AND :to",
        ExpressionAttributeNames={"#n": "number"},
        ExpressionAttributeValues={":c": {"S": "bob"}, ":from": {"N": "5"}, ":to": {"N": "17"}},
        PaginationConfig={"PageSize": 5},
    )
    out["pages"] = [[int(item["number"]["N"]) for item in page["Items"]] for page in pages]
    out["resumed"] = [
        int(item["number"]["N"])
        for item in client.get_paginator("query").paginate(
            TableName="orders", KeyConditionExpression="customer = :c", ExpressionAttributeValues={":c": {"S": "bob"}}, PaginationConfig={"MaxItems": 3}
        ).build_full_result()["Items"]
    ]
    back = table.query(KeyConditionExpression=Key("customer").eq("bob") & Key("number").lt(4), ScanIndexForward=False, ProjectionExpression="#n", ExpressionAttributeNames={"#n": "number"})
    out["back"] = plain(back["Items"])
    found = table.query(IndexName="by-status", KeyConditionExpression=Key("status").eq("done") & Key("number").gte(20))
    out["index"] = plain(found["Items"])
    filtered = table.query(KeyConditionExpression=Key("customer").eq("bob"), FilterExpression=Attr("status").is_in(["done", "lost"]) & Attr("pad").begins_with("x"))
    out["filtered"] = [filtered["Count"], filtered["ScannedCount"]]
    out["scanned"] = sum(page["Count"] for segment in (0, 1) for page in client.get_paginator("scan").paginate(TableName="orders", Segment=segment, TotalSegments=2, PaginationConfig={"PageSize": 4}))
    out["count"] = table.scan(Select="COUNT")["Count"]
    some = dynamodb.batch_get_item(RequestItems={"orders": {"Keys": [{"customer": "bob", "number": n} for n in (1, 28, 29)], "ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": "number"}}})
    out["batch"] = [sorted(plain(item["number"]) for item in some["Responses"]["orders"]), some["UnprocessedKeys"]]

    # Transactions: all or nothing.
    key = {"customer": {"S": "bob"}, "number": {"N": "1"}}
    client.transact_write_items(
        TransactItems=[
            {"Update": {"TableName": "orders", "Key": key, "UpdateExpression": "SET paid = :t", "ExpressionAttributeValues": {":t": {"BOOL": True}}}},
            {"Put": {"TableName": "orders", "Item": {"customer": {"S": "carol"}, "number": {"N": "1"}}}},
        ]
    )
    read = client.transact_get_items(TransactItems=[{"Get": {"TableName": "orders", "Key": key}}, {"Get": {"TableName": "orders", "Key": {"customer": {"S": "no"}, "number": {"N": "0"}}}}])
    out["transaction"] = [read["Responses"][0]["Item"]["paid"], read["Responses"][1].get("Item")]
    try:
        client.transact_write_items(
            TransactItems=[
                {"Delete": {"TableName": "orders", "Key": key}},
                {"ConditionCheck": {"TableName": "orders", "Key": {"customer": {"S": "no"}, "number": {"N": "0"}}, "ConditionExpression": "attribute_exists(customer)"}},
            ]
        )
    except client.exceptions.TransactionCanceledException as error:
        out["cancelled"] = [reason["Code"] for reason in error.response["CancellationReasons"]]
    out["kept"] = "Item" in client.get_item(TableName="orders", Key=key)

    # Errors.
    out["errors"] = {
        "table": refusal(lambda: client.get_item(TableName="none", Key=key)),
        "key": refusal(lambda: client.get_item(TableName="orders", Key={"customer": {"S": "bob"}})),
        "expression": refusal(lambda: client.scan(TableName="orders", FilterExpression="a = ")),
        "number": refusal(lambda: client.put_item(TableName="orders", Item={"customer": {"S": "x"}, "number": {"N": "1e200"}})),
        "again": refusal(lambda: client.create_table(TableName="orders", KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")),
    }
    client.tag_resource(ResourceArn=table.table_arn, Tags=[{"Key": "team", "Value": "a"}])
    out["tags"] = client.list_tags_of_resource(ResourceArn=table.table_arn)["Tags"]
    client.update_time_to_live(TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
    out["ttl"] = client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]["AttributeName"]
    out["names"] = [name for page in client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 1}) for name in page["TableNames"]]
    table.delete()
    table.wait_until_not_exists()
    out["after"] = refusal(lambda: client.describe_table(TableName="orders"))
    print(json.dumps(out))


main()
