"""The newer operations of log groups through boto3: metric and subscription filters, live tail, Insights. Prints JSON."""
import json
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def main():
    logs = boto3.client("logs")
    out = {}
    group = "/newer"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    metric = {"metricName": "Errors", "metricNamespace": "App", "metricValue": "$.ms", "unit": "Milliseconds"}
    pattern = '{ $.level = "error" }'
    logs.put_metric_filter(logGroupName=group, filterName="errors", filterPattern=pattern, metricTransformations=[metric])
    pages = logs.get_paginator("describe_metric_filters").paginate(logGroupName=group)
    out["metric"] = [one["metricTransformations"] == [metric] for page in pages for one in page["metricFilters"]]
    tried = logs.test_metric_filter(filterPattern=pattern, logEventMessages=['{"level":"error"}', "other"])
    out["tried"] = [match["eventNumber"] for match in tried["matches"]]
    try:
        arn = "arn:aws:lambda:us-east-1:000000000000:function:none"
        logs.put_subscription_filter(logGroupName=group, filterName="f", filterPattern="", destinationArn=arn)
    except ClientError as error:
        out["subscription"] = error.response["Error"]["Code"]
    out["subscriptions"] = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]

    # A name of a host in front of an address is no host.
    tailing = boto3.client("logs", config=Config(inject_host_prefix=False))
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["logGroupArn"]
    session = tailing.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="error")["responseStream"]
    now = int(time.time() * 1000)
    tailed = []
    for event in session:
        if "sessionStart" in event:
            out["started"] = event["sessionStart"]["logEventFilterPattern"]
            lines = [{"timestamp": now + n, "message": json.dumps({"level": "error" if n % 2 else "info", "n": n, "ms": n})} for n in range(10)]
            logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=lines)
        tailed += [json.loads(one["message"])["n"] for one in event.get("sessionUpdate", {}).get("sessionResults", [])]
        if len(tailed) >= 5:
            break
    session.close()
    out["tailed"] = tailed

    def asked(text):
        query = logs.start_query(logGroupName=group, startTime=now // 1000 - 60, endTime=now // 1000 + 60, queryString=text)["queryId"]
        while True:
            answer = logs.get_query_results(queryId=query)
            if answer["status"] not in ("Scheduled", "Running"):
                return [answer["status"], [{one["field"]: one["value"] for one in row if one["field"] != "@ptr"} for row in answer["results"]]]
            time.sleep(0.05)

    out["rows"] = asked("fields n, ms * 2 as twice | filter level = 'error' | sort n desc | limit 2")
    out["stats"] = asked("stats count(*) as n, avg(ms) by level | sort level")
    try:
        asked("fields a | nothing")
    except ClientError as error:
        out["malformed"] = [error.response["Error"]["Code"], error.response["queryCompileError"]["location"]]
    out["queries"] = len(logs.describe_queries(logGroupName=group, status="Complete")["queries"])
    saved = logs.put_query_definition(name="mine", queryString="fields n")["queryDefinitionId"]
    out["saved"] = [one["queryString"] for one in logs.describe_query_definitions(queryDefinitionNamePrefix="mi")["queryDefinitions"]]
    out["deleted"] = logs.delete_query_definition(queryDefinitionId=saved)["success"]

    config = [{"csv": {"columns": ["level", "mail"]}}]
    logs.put_transformer(logGroupIdentifier=group, transformerConfig=config)
    out["transformer"] = logs.get_transformer(logGroupIdentifier=group)["transformerConfig"] == config
    tested = logs.test_transformer(transformerConfig=config, logEventMessages=["info,a"])["transformedLogs"]
    out["transformed"] = json.loads(tested[0]["transformedEventMessage"])
    identifiers = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]
    statement = [
        {"DataIdentifier": identifiers, "Operation": {"Audit": {"FindingsDestination": {}}}},
        {"DataIdentifier": identifiers, "Operation": {"Deidentify": {"MaskConfig": {}}}},
    ]
    policy = json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": statement})
    logs.put_data_protection_policy(logGroupIdentifier=group, policyDocument=policy)
    logs.create_log_stream(logGroupName=group, logStreamName="masked")
    logs.put_log_events(logGroupName=group, logStreamName="masked", logEvents=[{"timestamp": now, "message": "info,a@b.example"}])
    read = {"logGroupName": group, "logStreamName": "masked"}
    out["masked"] = [logs.get_log_events(**read, unmask=unmask)["events"][0]["message"] for unmask in (False, True)]
    logs.create_lookup_table(lookupTableName="levels", tableBody="level,rank\nerror,1\n")
    out["looked"] = asked("filter n = 1 | fields n | lookup levels level as level OUTPUT rank")

    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    source = logs.put_delivery_source(name="bus", resourceArn=bus, logType="INFO_LOGS")["deliverySource"]
    to = {"destinationResourceArn": "arn:aws:logs:us-east-1:000000000000:log-group:" + group}
    made = logs.put_delivery_destination(name="group", deliveryDestinationConfiguration=to)["deliveryDestination"]
    logs.create_delivery(deliverySourceName="bus", deliveryDestinationArn=made["arn"])
    pages = logs.get_paginator("describe_deliveries").paginate(PaginationConfig={"PageSize": 1})
    found = [one["deliveryDestinationType"] for page in pages for one in page["deliveries"]]
    templates = logs.describe_configuration_templates(service="events")["configurationTemplates"]
    out["delivered"] = [source["service"], found, len(templates)]
    try:
        logs.put_delivery_source(name="none", resourceArn=bus, logType="ACCESS_LOGS")
    except ClientError as error:
        out["undelivered"] = error.response["Error"]["Code"]
    print(json.dumps(out))


main()
