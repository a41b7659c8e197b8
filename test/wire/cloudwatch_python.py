"""Metric streams, anomaly detectors, mute rules and large puts of metrics as boto3 uses them."""
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

print(
    json.dumps(
        {
            "stream": [stream["Arn"], found["State"], found["ExcludeFilters"]],
            "detector": [detector["SingleMetricAnomalyDetector"]["Stat"], detector["StateValue"]],
            "rule": [rule["MuteType"], rule["Rule"]["Schedule"]["Duration"]],
            "metrics": len(cloudwatch.list_metrics(Namespace="Large")["Metrics"]),
            "refused": {
                "stream": code(cloudwatch.get_metric_stream, Name="nobody"),
                "detector": code(cloudwatch.delete_anomaly_detector, SingleMetricAnomalyDetector=about),
                "rule": code(cloudwatch.get_alarm_mute_rule, AlarmMuteRuleName="nobody"),
            },
        }
    )
)
