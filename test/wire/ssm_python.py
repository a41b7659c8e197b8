"""Parameters as boto3 uses them."""
import json

import boto3
from botocore.exceptions import ClientError

ssm = boto3.client("ssm")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


ssm.put_parameter(Name="/py/secret", Value="grün", Type="SecureString", Tags=[{"Key": "a", "Value": "1"}])
ssm.put_parameter(Name="/py/plain", Value="1", Type="String")
paginator = ssm.get_paginator("get_parameters_by_path")
pages = [page["Parameters"] for page in paginator.paginate(Path="/py", WithDecryption=True, PaginationConfig={"PageSize": 1})]
print(
    json.dumps(
        {
            "values": [one["Value"] for page in pages for one in page],
            "stored": ssm.get_parameter(Name="/py/secret")["Parameter"]["Value"] != "grün",
            "described": [one["Name"] for one in ssm.describe_parameters(
                ParameterFilters=[{"Key": "Type", "Values": ["SecureString"]}])["Parameters"]],
            "missing": code(ssm.get_parameter, Name="/none"),
            "planned": code(ssm.describe_instance_information),
            "twice": code(ssm.put_parameter, Name="/py/plain", Value="2", Type="String"),
        }
    )
)
