"""Users, roles and sessions through boto3. Prints what it saw as one JSON document."""
import boto3, json
from botocore.exceptions import ClientError
iam, sts = boto3.client('iam'), boto3.client('sts')
out = {}
def code(call):
    try:
        call()
        return None
    except ClientError as e:
        return e.response['Error']['Code']
trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'AWS': '000000000000'}, 'Action': 'sts:AssumeRole'}]}
allow = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'iam:ListUsers', 'Resource': '*'}]}
arn = iam.create_role(RoleName='r', AssumeRolePolicyDocument=json.dumps(trust))['Role']['Arn']
out['trust'] = iam.get_role(RoleName='r')['Role']['AssumeRolePolicyDocument'] == trust
iam.put_role_policy(RoleName='r', PolicyName='p', PolicyDocument=json.dumps(allow))
out['inline'] = iam.get_role_policy(RoleName='r', PolicyName='p')['PolicyDocument'] == allow
for i in range(5):
    iam.create_user(UserName='u%d' % i)
pages = [[u['UserName'] for u in page['Users']] for page in iam.get_paginator('list_users').paginate(PaginationConfig={'PageSize': 2})]
out['pages'] = pages
got = sts.assume_role(RoleArn=arn, RoleSessionName='py', DurationSeconds=900)
c = got['Credentials']
session = boto3.Session(c['AccessKeyId'], c['SecretAccessKey'], c['SessionToken'])
out['arn'] = session.client('sts').get_caller_identity()['Arn']
out['listed'] = len(session.client('iam').list_users()['Users'])
out['denied'] = code(lambda: session.client('iam').list_roles())
out['missing'] = code(lambda: iam.get_role(RoleName='none'))
out['taken'] = code(lambda: iam.create_user(UserName='u0'))
out['malformed'] = code(lambda: iam.put_role_policy(RoleName='r', PolicyName='p', PolicyDocument='{'))
out['unknown'] = code(lambda: boto3.client('sts', aws_access_key_id='AKIAIOSFODNN7EXAMPLE', aws_secret_access_key='x').get_caller_identity())
out['wrong'] = code(lambda: boto3.client('sts', aws_secret_access_key='x', aws_access_key_id='test').get_caller_identity())
print(json.dumps(out))
