"""A durable function through boto3, given a package (whose answers are none that such a function gives) and a role."""
import boto3, json, sys
from botocore.exceptions import ClientError
client = boto3.client('lambda')
name = {'FunctionName': 'lasting'}
out = {}
client.create_function(**name, Runtime='python3.12', Handler='app.handler', Role=sys.argv[2], Code={'ZipFile': open(sys.argv[1], 'rb').read()}, DurableConfig={'ExecutionTimeout': 60})
out['config'] = client.get_function_configuration(**name)['DurableConfig']
answer = client.invoke(**name, Qualifier='$LATEST', DurableExecutionName='one', Payload=b'{}')
out['failed'] = [answer['FunctionError'], json.loads(answer['Payload'].read())['errorMessage']]
execution = {'DurableExecutionArn': answer['DurableExecutionArn']}
found = client.get_durable_execution(**execution)
out['found'] = [found['Status'], found['DurableExecutionName'], found['InputPayload'], found['EndTimestamp'] >= found['StartTimestamp']]
pages = client.get_paginator('get_durable_execution_history').paginate(**execution, PaginationConfig={'PageSize': 1})
out['types'] = sorted(event['EventType'] for page in pages for event in page['Events'])
pages = client.get_paginator('list_durable_executions_by_function').paginate(**name, Statuses=['FAILED', 'RUNNING'])
out['listed'] = [one['DurableExecutionName'] for page in pages for one in page['DurableExecutions']]
out['stopped'] = client.stop_durable_execution(**execution)['StopTimestamp'] == found['EndTimestamp']
for key, call in {
    'again': lambda: client.invoke(**name, Qualifier='$LATEST', DurableExecutionName='one', Payload=b'[]'),
    'callback': lambda: client.send_durable_execution_callback_heartbeat(CallbackId='bm9uZQ=='),
    'token': lambda: client.checkpoint_durable_execution(**execution, CheckpointToken='bm9uZQ=='),
}.items():
    try:
        call()
    except ClientError as error:
        out[key] = [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]
print(json.dumps(out))
