"""Secrets as boto3 uses them."""
import json

import boto3
from botocore.exceptions import ClientError

secrets = boto3.client("secretsmanager")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


made = secrets.create_secret(Name="py/secret", SecretString="grün")
secrets.put_secret_value(SecretId=made["ARN"], SecretBinary=b"\x00\xff")
current = secrets.get_secret_value(SecretId="py/secret")
print(
    json.dumps(
        {
            "binary": list(current["SecretBinary"]),
            "previous": secrets.get_secret_value(SecretId="py/secret", VersionStage="AWSPREVIOUS")["SecretString"],
            "listed": [one["Name"] for page in secrets.get_paginator("list_secrets").paginate() for one in page["SecretList"]],
            "deleted": "DeletionDate" in secrets.delete_secret(SecretId="py/secret"),
            "marked": code(secrets.get_secret_value, SecretId="py/secret"),
            "missing": code(secrets.get_secret_value, SecretId="none"),
            "unrotated": code(secrets.rotate_secret, SecretId="py/secret"),
        }
    )
)
