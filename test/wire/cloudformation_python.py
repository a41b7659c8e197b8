"""Stacks through boto3: change sets, waiters, events, outputs and exports, rollback. Prints what it saw as one JSON document."""
import json
import time

import boto3
from botocore.exceptions import ClientError, WaiterError

template = """
Parameters:
  Wait: { Type: Number, Default: 30 }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !Ref Wait
  Table:
    Type: AWS::DynamoDB::Table
    DependsOn: Queue
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
Outputs:
  Url:
    Value: !Ref Queue
    Description: where to send
    Export: { Name: !Sub '${AWS::StackName}-url' }
  Arn: { Value: !GetAtt Table.Arn }
"""
importing = """
Resources:
  Reader:
    Type: AWS::SQS::Queue
    Properties:
      Tags: [{ Key: source, Value: !ImportValue base-url }]
"""
failing = """
Resources:
  Good: { Type: AWS::SQS::Queue, Properties: { QueueName: half } }
  Bad: { Type: AWS::SQS::Queue, DependsOn: Good, Properties: { QueueName: taken, VisibilityTimeout: 7 } }
"""


def main():
    cfn, sqs, dynamodb = boto3.client("cloudformation"), boto3.client("sqs"), boto3.client("dynamodb")
    out = {}

    def stack(name):
        return cfn.describe_stacks(StackName=name)["Stacks"][0]

    def code(call):
        try:
            call()
            return None
        except ClientError as error:
            return [error.response["Error"]["Code"], error.response["Error"]["Message"]]

    # A change set that makes a stack.
    cfn.create_change_set(StackName="base", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=template, Tags=[{"Key": "team", "Value": "a"}])
    cfn.get_waiter("change_set_create_complete").wait(StackName="base", ChangeSetName="first")
    described = cfn.describe_change_set(StackName="base", ChangeSetName="first")
    out["review"] = [stack("base")["StackStatus"], described["Status"], described["ExecutionStatus"]]
    out["changes"] = [[c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"]] for c in described["Changes"]]
    cfn.execute_change_set(StackName="base", ChangeSetName="first")
    cfn.get_waiter("stack_create_complete").wait(StackName="base")
    made = stack("base")
    outputs = {o["OutputKey"]: o for o in made["Outputs"]}
    out["made"] = [made["StackStatus"], made["Tags"], made["Parameters"]]
    url = outputs["Url"]["OutputValue"]
    out["output"] = [outputs["Url"]["Description"], outputs["Url"]["ExportName"]]
    out["exports"] = [[e["Name"], e["Value"] == url] for page in cfn.get_paginator("list_exports").paginate() for e in page["Exports"]]
    arn = outputs["Arn"]["OutputValue"]
    out["table"] = dynamodb.describe_table(TableName=arn.partition("/")[2])["Table"]["TableArn"] == arn
    events = [e for page in cfn.get_paginator("describe_stack_events").paginate(StackName="base") for e in page["StackEvents"]]
    out["events"] = [[e["LogicalResourceId"], e["ResourceStatus"]] for e in reversed(events)]
    resources = [r for page in cfn.get_paginator("list_stack_resources").paginate(StackName="base") for r in page["StackResourceSummaries"]]
    out["resources"] = {r["LogicalResourceId"]: [r["ResourceType"], r["ResourceStatus"]] for r in resources}

    # Updates, and what is none.
    out["same"] = code(lambda: cfn.update_stack(StackName="base", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Wait", "UsePreviousValue": True}], Tags=[{"Key": "team", "Value": "a"}]))
    cfn.update_stack(StackName="base", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Wait", "ParameterValue": "45"}])
    cfn.get_waiter("stack_update_complete").wait(StackName="base")
    read = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    out["updated"] = [stack("base")["StackStatus"], stack("base")["Parameters"][0]["ParameterValue"], read["VisibilityTimeout"]]
    cfn.create_change_set(StackName="base", ChangeSetName="none", UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Wait", "UsePreviousValue": True}])
    try:
        cfn.get_waiter("change_set_create_complete").wait(StackName="base", ChangeSetName="none")
    except WaiterError as error:
        out["none"] = [error.last_response["Status"], error.last_response["StatusReason"]]

    # Another stack that uses an export holds it.
    cfn.create_stack(StackName="reader", TemplateBody=importing)
    cfn.get_waiter("stack_create_complete").wait(StackName="reader")
    reader = cfn.describe_stack_resource(StackName="reader", LogicalResourceId="Reader")["StackResourceDetail"]["PhysicalResourceId"]
    out["imported"] = sqs.list_queue_tags(QueueUrl=reader)["Tags"]["source"] == url
    out["imports"] = cfn.list_imports(ExportName="base-url")["Imports"]
    out["held"] = code(lambda: cfn.delete_stack(StackName="base"))

    # A stack that fails takes back what it made.
    sqs.create_queue(QueueName="taken")
    failed = cfn.create_stack(StackName="failing", TemplateBody=failing)["StackId"]
    try:
        cfn.get_waiter("stack_create_complete").wait(StackName="failing")
    except WaiterError as error:
        out["failed"] = error.last_response["Stacks"][0]["StackStatus"].startswith("ROLLBACK_")
    while stack("failing")["StackStatus"].endswith("_IN_PROGRESS"):
        time.sleep(1)
    out["rolled back"] = stack("failing")["StackStatus"]
    out["left"] = sqs.list_queues(QueueNamePrefix="half").get("QueueUrls", [])
    reasons = [e["ResourceStatusReason"] for e in cfn.describe_stack_events(StackName="failing")["StackEvents"] if e["ResourceStatus"] == "CREATE_FAILED"]
    out["reason"] = ["taken" in reason or "exist" in reason for reason in reasons]
    cfn.delete_stack(StackName="failing")
    cfn.get_waiter("stack_delete_complete").wait(StackName=failed)

    # Errors, and the end.
    out["errors"] = {
        "missing": code(lambda: stack("nope")),
        "template": code(lambda: cfn.validate_template(TemplateBody="{")),
        "again": code(lambda: cfn.create_stack(StackName="reader", TemplateBody=importing)),
    }
    out["valid"] = cfn.validate_template(TemplateBody=template)["Parameters"]
    out["text"] = cfn.get_template(StackName="reader")["TemplateBody"] == importing
    for name in ("reader", "base"):
        full = stack(name)["StackId"]
        cfn.delete_stack(StackName=name)
        cfn.get_waiter("stack_delete_complete").wait(StackName=full)
    out["gone"] = code(lambda: stack("base"))
    out["deleted"] = [s["StackName"] for page in cfn.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"]) for s in page["StackSummaries"]]
    print(json.dumps(out, default=str))


main()
