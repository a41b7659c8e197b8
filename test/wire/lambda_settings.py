"""Code signing, recursion and runtime settings, and InvokeAsync through boto3, given a package and a role."""
import boto3, json, sys
from botocore.exceptions import ClientError
client = boto3.client('lambda')
zipped = open(sys.argv[1], 'rb').read()
name = {'FunctionName': 'set'}
out = {}
profile = 'arn:aws:signer:us-east-1:000000000000:/signing-profiles/one/abcdefghij'
config = client.create_code_signing_config(AllowedPublishers={'SigningProfileVersionArns': [profile]}, CodeSigningPolicies={'UntrustedArtifactOnDeployment': 'Enforce'})['CodeSigningConfig']
client.create_function(**name, Runtime='python3.12', Handler='app.handler', Role=sys.argv[2], Code={'ZipFile': zipped}, Publish=True)
for waiter in ['function_exists', 'function_active', 'function_active_v2', 'function_updated', 'function_updated_v2']:
    client.get_waiter(waiter).wait(**name)
client.get_waiter('published_version_active').wait(**name, Qualifier='1')
client.put_function_code_signing_config(**name, CodeSigningConfigArn=config['CodeSigningConfigArn'])
try:
    client.update_function_code(**name, ZipFile=zipped)
except ClientError as error:
    out['refused'] = [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]
out['uses'] = [arn for page in client.get_paginator('list_functions_by_code_signing_config').paginate(CodeSigningConfigArn=config['CodeSigningConfigArn']) for arn in page['FunctionArns']]
client.delete_function_code_signing_config(**name)
client.delete_code_signing_config(CodeSigningConfigArn=config['CodeSigningConfigArn'])
client.put_function_recursion_config(**name, RecursiveLoop='Allow')
out['loop'] = client.get_function_recursion_config(**name)['RecursiveLoop']
client.put_runtime_management_config(**name, UpdateRuntimeOn='FunctionUpdate')
out['runtime'] = client.get_runtime_management_config(**name)['UpdateRuntimeOn']
out['async'] = client.invoke_async(**name, InvokeArgs=b'{"name": "x"}')['Status']
print(json.dumps(out))
