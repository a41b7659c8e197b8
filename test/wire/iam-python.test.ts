import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'

const run = promisify(execFile)
const works = (command: string, ...args: string[]) => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

let node: TestNode
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
})
afterAll(() => node?.close())
const env = () => ({
  ...process.env,
  AWS_ENDPOINT_URL: node.endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: 'none',
  AWS_SHARED_CREDENTIALS_FILE: 'none',
  AWS_PAGER: '',
})

const script = `
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
`

describe.skipIf(!works('python3', '-c', 'import boto3'))('boto3', () => {
  test('creates, pages, assumes and is refused', async () => {
    const { stdout } = await run('python3', ['-c', script], { env: env() })
    expect(JSON.parse(stdout)).toEqual({
      trust: true,
      inline: true,
      pages: [['u0', 'u1'], ['u2', 'u3'], ['u4']],
      arn: 'arn:aws:sts::000000000000:assumed-role/r/py',
      listed: 5,
      denied: 'AccessDenied',
      missing: 'NoSuchEntity',
      taken: 'EntityAlreadyExists',
      malformed: 'MalformedPolicyDocument',
      unknown: 'InvalidClientTokenId',
      wrong: 'SignatureDoesNotMatch',
    })
  })
})

describe.skipIf(!works('aws', '--version'))('the AWS CLI', () => {
  test('asks who it is and reads an AWS policy', async () => {
    const aws = async (...args: string[]) => JSON.parse((await run('aws', args, { env: env() })).stdout)
    expect(await aws('sts', 'get-caller-identity')).toEqual({
      UserId: '000000000000',
      Account: '000000000000',
      Arn: 'arn:aws:iam::000000000000:root',
    })
    const version = await aws(
      'iam',
      'get-policy-version',
      '--policy-arn',
      'arn:aws:iam::aws:policy/AdministratorAccess',
      '--version-id',
      'v1',
    )
    expect(version.PolicyVersion.Document.Statement).toEqual([{ Effect: 'Allow', Action: ['*'], Resource: '*' }])
  })
})
