"""Backups, recovery, exports, imports, PartiQL and streams through boto3. Prints what it saw as one JSON document."""
import gzip
import json
import time

import boto3
from botocore.exceptions import ClientError


def until(ask):
    while True:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.02)


def refusal(call):
    try:
        call()
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


def main():
    client, s3, streams = boto3.client("dynamodb"), boto3.client("s3"), boto3.client("dynamodbstreams")
    out = {}
    made = client.create_table(
        TableName="notes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    client.get_waiter("table_exists").wait(TableName="notes")

    def ids(table):
        return sorted(item["id"]["S"] for page in client.get_paginator("scan").paginate(TableName=table) for item in page["Items"])

    # PartiQL.
    for name in ("a", "b", "c"):
        client.execute_statement(Statement="INSERT INTO notes VALUE {'id': ?, 'n': ?}", Parameters=[{"S": name}, {"N": "1"}])
    out["twice"] = refusal(lambda: client.execute_statement(Statement="INSERT INTO notes VALUE {'id': 'a'}"))
    client.execute_transaction(
        TransactStatements=[
            {"Statement": "UPDATE notes SET n = n + 1 WHERE id = 'a'"},
            {"Statement": "DELETE FROM notes WHERE id = 'b'"},
        ]
    )
    out["selected"] = client.execute_statement(Statement="SELECT n FROM notes WHERE id = 'a'")["Items"]
    batch = client.batch_execute_statement(Statements=[{"Statement": "SELECT * FROM notes WHERE id = 'c'"}, {"Statement": "SELECT * FROM missing WHERE id = 'c'"}])
    out["batch"] = ["Item" in batch["Responses"][0], batch["Responses"][1]["Error"]["Code"]]

    # Streams.
    shard = streams.describe_stream(StreamArn=made["LatestStreamArn"])["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=made["LatestStreamArn"], ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    out["stream"] = [record["eventName"] for record in streams.get_records(ShardIterator=iterator)["Records"]]

    # A backup, and a table made from it.
    backup = client.create_backup(TableName="notes", BackupName="first")["BackupDetails"]["BackupArn"]
    until(lambda: client.describe_backup(BackupArn=backup)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "AVAILABLE")
    out["backups"] = [summary["BackupName"] for page in client.get_paginator("list_backups").paginate(TableName="notes") for summary in page["BackupSummaries"]]

    # Recovery to a time.
    out["off"] = refusal(lambda: client.restore_table_to_point_in_time(SourceTableName="notes", TargetTableName="then", UseLatestRestorableTime=True))
    client.update_continuous_backups(TableName="notes", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7})
    time.sleep(0.01)
    described = client.describe_continuous_backups(TableName="notes")["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    out["recovery"] = [described["PointInTimeRecoveryStatus"], described["RecoveryPeriodInDays"]]
    then = described["LatestRestorableDateTime"]
    time.sleep(0.01)
    client.put_item(TableName="notes", Item={"id": {"S": "later"}})
    client.restore_table_to_point_in_time(SourceTableName="notes", TargetTableName="then", RestoreDateTime=then)
    client.restore_table_from_backup(TargetTableName="again", BackupArn=backup)
    for table in ("then", "again"):
        client.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
        out["made"] = out.get("made", []) + [ids(table)]
    client.delete_backup(BackupArn=backup)

    # Exported, and imported again.
    s3.create_bucket(Bucket="dumps")
    export = client.export_table_to_point_in_time(TableArn=made["TableArn"], S3Bucket="dumps")["ExportDescription"]["ExportArn"]
    done = until(lambda: (found := client.describe_export(ExportArn=export)["ExportDescription"])["ExportStatus"] != "IN_PROGRESS" and found)
    out["export"] = [done["ExportStatus"], done["ItemCount"]]
    folder = done["ExportManifest"].removesuffix("manifest-summary.json")
    files = [each["Key"] for each in s3.list_objects_v2(Bucket="dumps", Prefix=folder + "data/")["Contents"]]
    lines = [line for key in files for line in gzip.decompress(s3.get_object(Bucket="dumps", Key=key)["Body"].read()).splitlines()]
    out["lines"] = sorted(json.loads(line)["Item"]["id"]["S"] for line in lines)
    imported = client.import_table(
        S3BucketSource={"S3Bucket": "dumps", "S3KeyPrefix": folder + "data/"},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "imported",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]["ImportArn"]
    until(lambda: client.describe_import(ImportArn=imported)["ImportTableDescription"]["ImportStatus"] == "COMPLETED")
    out["imported"] = ids("imported")
    out["lists"] = [len(client.list_exports()["ExportSummaries"]), len(client.list_imports()["ImportSummaryList"])]
    print(json.dumps(out))


main()
