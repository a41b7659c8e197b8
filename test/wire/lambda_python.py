"""The main flows of functions through boto3, given a package and a role. Prints what it saw as one JSON document."""
import base64, boto3, json, sys
from botocore.exceptions import ClientError
client = boto3.client('lambda')
zipped = open(sys.argv[1], 'rb').read()
out = {}
made = client.create_function(FunctionName='py', Runtime='python3.12', Handler='app.handler', Role=sys.argv[2], Code={'ZipFile': zipped}, Publish=True)
out['made'] = [made['State'], made['Version'], made['LastModified'][-5:]]
client.get_waiter('function_active_v2').wait(FunctionName='py')
reply = client.invoke(FunctionName='py', Payload=json.dumps({'name': 'ä'}), LogType='Tail')
out['reply'] = [reply['StatusCode'], json.load(reply['Payload'])['hello'], b"seen {'name': '\xc3\xa4'}" in base64.b64decode(reply['LogResult'])]
failed = client.invoke(FunctionName='py', Payload='[]')
out['failed'] = [failed['FunctionError'], json.load(failed['Payload'])['errorType']]
client.update_function_configuration(FunctionName='py', Timeout=7, Environment={'Variables': {'WORD': 'b'}})
client.get_waiter('function_updated_v2').wait(FunctionName='py')
out['config'] = client.get_function_configuration(FunctionName='py')['Timeout']
out['versions'] = [v['Version'] for page in client.get_paginator('list_versions_by_function').paginate(FunctionName='py') for v in page['Versions']]
out['names'] = [f['FunctionName'] for page in client.get_paginator('list_functions').paginate() for f in page['Functions']]
try:
    client.get_function(FunctionName='nope')
except ClientError as error:
    out['missing'] = [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'], error.response['Error']['Message']]
client.delete_function(FunctionName='py')
print(json.dumps(out))
