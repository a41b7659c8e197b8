import csv
import io
import json
import os


def handler(event, context):
    """Sums the weights in a CSV of parcels by customer."""
    text = event["body"] if "body" in event else event["csv"]
    weights = {}
    for row in csv.DictReader(io.StringIO(text)):
        weights[row["customer"]] = weights.get(row["customer"], 0) + float(row["kg"])
    print(f"report on {len(weights)} customers")
    left_sec = context.get_remaining_time_in_millis() / 1000
    body = {"kg": weights, "stage": os.environ["STAGE"], "function": context.function_name, "inTime": left_sec <= 10}
    return {"statusCode": 200, "headers": {"x-report": "kg"}, "body": json.dumps(body)}
