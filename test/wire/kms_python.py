"""Keys and events as boto3 uses them."""
import json

import boto3
from botocore.exceptions import ClientError

kms = boto3.client("kms")
events = boto3.client("events")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


key = kms.create_key(Description="py", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]
kms.create_alias(AliasName="alias/py", TargetKeyId=key["KeyId"])
blob = kms.encrypt(KeyId="alias/py", Plaintext="grün".encode(), EncryptionContext={"a": "1"})["CiphertextBlob"]
events.put_rule(Name="py", ScheduleExpression="rate(1 hour)")
events.put_rule(Name="py2", EventPattern=json.dumps({"source": ["py"]}))
put = events.put_events(Entries=[{"Source": "py", "DetailType": "t", "Detail": "{}"}, {"Source": "py", "Detail": "{}"}])
print(
    json.dumps(
        {
            "opened": kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "1"})["Plaintext"].decode(),
            "shut": code(kms.decrypt, CiphertextBlob=blob),
            "missing": code(kms.describe_key, KeyId="alias/none"),
            "keys": [one["KeyId"] == key["KeyId"] for page in kms.get_paginator("list_keys").paginate() for one in page["Keys"]],
            "failed": [put["FailedEntryCount"], put["Entries"][1]["ErrorCode"]],
            "rules": [one["Name"] for page in events.get_paginator("list_rules").paginate() for one in page["Rules"]],
            "schedule": code(events.put_rule, Name="bad", ScheduleExpression="rate(1 hours)"),
            "planned_event": code(events.list_partner_event_sources, NamePrefix="a"),
        }
    )
)
