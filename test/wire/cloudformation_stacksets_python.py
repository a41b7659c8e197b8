"""Stack sets through boto3: instances in three Regions, by pages, and away again. Prints what it saw as one JSON document."""
import json
import time

import boto3
from botocore.exceptions import ClientError

template = "Resources:\n  Queue: { Type: AWS::SQS::Queue }\n"
account = "000000000000"
regions = ["us-east-1", "eu-west-1", "sa-east-1"]


def main():
    cfn = boto3.client("cloudformation")
    name = {"StackSetName": "python"}

    def ended(answer):
        while True:
            status = cfn.describe_stack_set_operation(**name, OperationId=answer["OperationId"])["StackSetOperation"]["Status"]
            if status not in ("RUNNING", "QUEUED", "STOPPING"):
                return status
            time.sleep(0.01)

    cfn.create_stack_set(**name, TemplateBody=template)
    preferences = {"RegionConcurrencyType": "PARALLEL", "MaxConcurrentCount": 1, "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE"}
    made = cfn.create_stack_instances(**name, Accounts=[account], Regions=regions, OperationPreferences=preferences)
    out = {"ended": ended(made)}
    pages = cfn.get_paginator("list_stack_instances").paginate(**name, PaginationConfig={"PageSize": 2})
    out["instances"] = [[one["Region"], one["Status"]] for page in pages for one in page["Summaries"]]
    pages = cfn.get_paginator("list_stack_set_operation_results").paginate(**name, OperationId=made["OperationId"])
    out["results"] = [one["Status"] for page in pages for one in page["Summaries"]]
    ended(cfn.delete_stack_instances(**name, Accounts=[account], Regions=regions, RetainStacks=False))
    pages = cfn.get_paginator("list_stack_set_operations").paginate(**name, PaginationConfig={"PageSize": 1})
    out["actions"] = [one["Action"] for page in pages for one in page["Summaries"]]
    cfn.delete_stack_set(**name)
    try:
        cfn.describe_stack_set(**name)
    except ClientError as error:
        out["missing"] = [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    out["left"] = [one for region in regions for one in boto3.client("cloudformation", region_name=region).describe_stacks()["Stacks"]]
    print(json.dumps(out))


main()
