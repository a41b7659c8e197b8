"""What is attached to functions through boto3, given a package and a role: aliases, URLs, layers, how events end."""
import boto3, io, json, sys, zipfile
from botocore.exceptions import ClientError
client = boto3.client('lambda')
zipped = open(sys.argv[1], 'rb').read()
name = {'FunctionName': 'attached'}
out = {}

def refused(call):
    try:
        call()
    except ClientError as error:
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]

with io.BytesIO() as body:
    with zipfile.ZipFile(body, 'w') as files:
        files.writestr('python/words.py', 'WORD = "layered"')
    layer = client.publish_layer_version(LayerName='words', Content={'ZipFile': body.getvalue()}, CompatibleRuntimes=['python3.12'])
out['layer'] = [layer['Version'], client.get_layer_version_by_arn(Arn=layer['LayerVersionArn'])['LayerArn'] == layer['LayerArn']]
client.add_layer_version_permission(LayerName='words', VersionNumber=1, StatementId='all', Action='lambda:GetLayerVersion', Principal='*')
out['shared'] = len(json.loads(client.get_layer_version_policy(LayerName='words', VersionNumber=1)['Policy'])['Statement'])
out['layers'] = [one['LayerName'] for page in client.get_paginator('list_layers').paginate() for one in page['Layers']]
out['numbers'] = [one['Version'] for page in client.get_paginator('list_layer_versions').paginate(LayerName='words') for one in page['LayerVersions']]

client.create_function(**name, Runtime='python3.12', Handler='app.handler', Role=sys.argv[2], Code={'ZipFile': zipped}, Layers=[layer['LayerVersionArn']], Publish=True)
client.update_function_configuration(**name, Description='second', Environment={'Variables': {'WORD': 'two'}})
client.get_waiter('function_updated_v2').wait(**name)
client.publish_version(**name)
alias = client.create_alias(**name, Name='live', FunctionVersion='1', RoutingConfig={'AdditionalVersionWeights': {'2': 1.0}})
out['executed'] = client.invoke(**name, Qualifier='live', Payload=b'{}')['ExecutedVersion']
out['stale'] = refused(lambda: client.update_alias(**name, Name='live', RevisionId='00000000-0000-0000-0000-000000000000', FunctionVersion='2'))
client.update_alias(**name, Name='live', RevisionId=alias['RevisionId'], RoutingConfig={})
out['moved'] = client.invoke(**name, Qualifier='live', Payload=b'{}')['ExecutedVersion']
out['aliases'] = [one['Name'] for page in client.get_paginator('list_aliases').paginate(**name) for one in page['Aliases']]

url = client.create_function_url_config(**name, Qualifier='live', AuthType='AWS_IAM', Cors={'AllowOrigins': ['https://a.example']})
out['url'] = client.get_function_url_config(**name, Qualifier='live')['FunctionUrl'] == url['FunctionUrl']
client.update_function_url_config(**name, Qualifier='live', InvokeMode='RESPONSE_STREAM')
out['urls'] = [[one['AuthType'], one['InvokeMode']] for page in client.get_paginator('list_function_url_configs').paginate(**name) for one in page['FunctionUrlConfigs']]
client.delete_function_url_config(**name, Qualifier='live')
out['no url'] = refused(lambda: client.get_function_url_config(**name, Qualifier='live'))

client.put_function_event_invoke_config(**name, Qualifier='live', MaximumRetryAttempts=0)
client.update_function_event_invoke_config(**name, Qualifier='live', MaximumEventAgeInSeconds=60)
kept = client.get_function_event_invoke_config(**name, Qualifier='live')
out['events'] = [kept['MaximumRetryAttempts'], kept['MaximumEventAgeInSeconds'], kept['LastModified'].tzinfo is not None]
out['configs'] = [one['FunctionArn'].split(':')[-1] for page in client.get_paginator('list_function_event_invoke_configs').paginate(**name) for one in page['FunctionEventInvokeConfigs']]
client.delete_function_event_invoke_config(**name, Qualifier='live')
out['no config'] = refused(lambda: client.get_function_event_invoke_config(**name, Qualifier='live'))

client.put_function_concurrency(**name, ReservedConcurrentExecutions=0)
try:
    client.invoke(**name)
except client.exceptions.TooManyRequestsException as error:
    out['throttled'] = [error.response['Reason'], error.response['ResponseMetadata']['HTTPStatusCode']]
print(json.dumps(out))
