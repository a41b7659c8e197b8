"""Metric streams, anomaly detectors, mute rules, insights, pictures and large puts of metrics as boto3 uses them."""
import datetime
import json

import boto3
from botocore.exceptions import ClientError

cloudwatch = boto3.client("cloudwatch")


def code(call, **given):
    try:
        call(**given)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


stream = cloudwatch.put_metric_stream(
    Name="py",
    FirehoseArn="arn:aws:firehose:us-east-1:000000000000:deliverystream/py",
    RoleArn="arn:aws:iam::000000000000:role/py",
    OutputFormat="json",
    ExcludeFilters=[{"Namespace": "A", "MetricNames": ["b"]}],
)
cloudwatch.stop_metric_streams(Names=["py"])
found = cloudwatch.get_metric_stream(Name="py")

about = {"Namespace": "A", "MetricName": "b", "Stat": "p90"}
cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=about)
[detector] = cloudwatch.describe_anomaly_detectors(Namespace="A")["AnomalyDetectors"]
cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector=about)

cloudwatch.put_alarm_mute_rule(
    Name="nights", Rule={"Schedule": {"Expression": "cron(0 22 * * MON-FRI)", "Duration": "PT8H"}}
)
rule = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="nights")

# botocore compresses a body of more than 10 KB.
now = datetime.datetime.now(datetime.timezone.utc)
data = [
    {"MetricName": "m", "Timestamp": now, "Value": 1, "Dimensions": [{"Name": "d", "Value": str(n)}]} for n in range(400)
]
cloudwatch.put_metric_data(Namespace="Large", MetricData=data)

cloudwatch.put_metric_alarm(
    AlarmName="muted", Namespace="Large", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
    ComparisonOperator="GreaterThanThreshold",
)
cloudwatch.put_alarm_mute_rule(
    Name="once",
    Rule={"Schedule": {"Expression": "at(2099-01-02T03:04)", "Duration": "PT1H", "Timezone": "Europe/Vienna"}},
    MuteTargets={"AlarmNames": ["muted"]},
)
listed = cloudwatch.list_alarm_mute_rules(AlarmName="muted")["AlarmMuteRuleSummaries"]
cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="once")

logs = boto3.client("logs")
logs.create_log_group(logGroupName="/shop")
logs.create_log_stream(logGroupName="/shop", logStreamName="s")
definition = {
    "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
    "LogGroupNames": ["/shop"],
    "LogFormat": "JSON",
    "Contribution": {"Keys": ["$.who"], "ValueOf": "$.bytes", "Filters": [{"Match": "$.bytes", "GreaterThan": 1}]},
    "AggregateOn": "Sum",
}
cloudwatch.put_insight_rule(RuleName="top", RuleState="ENABLED", RuleDefinition=json.dumps(definition))
events = [{"who": "ann", "bytes": 5}, {"who": "bob", "bytes": 7}, {"who": "ann", "bytes": 4}, {"who": "bob", "bytes": 1}]
at = int(now.timestamp() * 1000)
logs.put_log_events(
    logGroupName="/shop", logStreamName="s", logEvents=[{"timestamp": at, "message": json.dumps(one)} for one in events]
)
hour = {"StartTime": now - datetime.timedelta(minutes=30), "EndTime": now + datetime.timedelta(minutes=30)}
report = cloudwatch.get_insight_rule_report(RuleName="top", Period=3600, Metrics=["UniqueContributors"], **hour)
failures = cloudwatch.disable_insight_rules(RuleNames=["top", "nobody"])["Failures"]
[described] = cloudwatch.describe_insight_rules()["InsightRules"]

selected = cloudwatch.get_metric_data(
    MetricDataQueries=[
        {"Id": "q", "Expression": "SELECT SUM(m) FROM SCHEMA(Large, d) WHERE d != '0' GROUP BY d LIMIT 2", "Period": 60}
    ],
    **hour,
)["MetricDataResults"]
picture = cloudwatch.get_metric_widget_image(MetricWidget=json.dumps({"metrics": [["Large", "m", "d", "0"]]}))

print(
    json.dumps(
        {
            "stream": [stream["Arn"], found["State"], found["ExcludeFilters"]],
            "detector": [detector["SingleMetricAnomalyDetector"]["Stat"], detector["StateValue"]],
            "rule": [rule["MuteType"], rule["Rule"]["Schedule"]["Duration"]],
            "muted": [(one["MuteType"], one["Status"]) for one in listed],
            "report": [(one["Keys"], one["ApproximateAggregateValue"]) for one in report["Contributors"]],
            "unique": report["ApproximateUniqueCount"],
            "disabled": [described["State"], [one["FailureResource"] for one in failures]],
            "selected": [one["Values"] for one in selected],
            "picture": picture["MetricWidgetImage"][:8].hex(),
            "metrics": len(cloudwatch.list_metrics(Namespace="Large")["Metrics"]),
            "refused": {
                "stream": code(cloudwatch.get_metric_stream, Name="nobody"),
                "detector": code(cloudwatch.delete_anomaly_detector, SingleMetricAnomalyDetector=about),
                "rule": code(cloudwatch.get_alarm_mute_rule, AlarmMuteRuleName="nobody"),
                "report": code(cloudwatch.get_insight_rule_report, RuleName="nobody", Period=60, **hour),
                "picture": code(cloudwatch.get_metric_widget_image, MetricWidget="{"),
            },
        }
    )
)
