import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { makeRole, zipOf } from './lambda-support.ts'

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
let dir: string
let role: string
const environment = () => ({
  ...process.env,
  AWS_ENDPOINT_URL: node.endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: join(dir, 'none'),
  AWS_PAGER: '',
})

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  dir = mkdtempSync(join(tmpdir(), 'landfall-lambda-'))
  role = await makeRole(node, 'python-role')
  const source =
    'def handler(event, context):\n    print("seen", event)\n    return {"hello": event.get("name"), "id": context.aws_request_id}\n'
  writeFileSync(join(dir, 'f.zip'), await zipOf({ 'app.py': source }))
})
afterAll(async () => {
  await node.close()
  rmSync(dir, { recursive: true, force: true })
})

const script = `
import base64, boto3, json, sys
from botocore.exceptions import ClientError
client = boto3.client('lambda')
zipped = open(sys.argv[1], 'rb').read()
out = {}
made = client.create_function(FunctionName='py', Runtime='python3.12', Handler='app.handler', Role=sys.argv[2], Code={'ZipFile': zipped}, Publish=True)
out['made'] = [made['State'], made['Version'], made['LastModified'][-5:]]
client.get_waiter('function_active_v2').wait(FunctionName='py')
reply = client.invoke(FunctionName='py', Payload=json.dumps({'name': 'ä'}), LogType='Tail')
out['reply'] = [reply['StatusCode'], json.load(reply['Payload'])['hello'], b"seen {'name': '\\xc3\\xa4'}" in base64.b64decode(reply['LogResult'])]
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
`

describe.runIf(works('python3', '-c', 'import boto3'))('boto3', () => {
  test('makes, calls, changes and lists functions, and understands the errors', async () => {
    writeFileSync(join(dir, 'script.py'), script)
    const { stdout } = await run('python3', [join(dir, 'script.py'), join(dir, 'f.zip'), role], { env: environment() })
    expect(JSON.parse(stdout)).toEqual({
      made: ['Active', '1', '+0000'],
      reply: [200, 'ä', true],
      failed: ['Unhandled', 'AttributeError'],
      config: 7,
      versions: ['$LATEST', '1'],
      names: ['py'],
      missing: [
        'ResourceNotFoundException',
        404,
        'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope',
      ],
    })
  })
})

describe.runIf(works('aws', '--version'))('awscli', () => {
  test('makes and calls a function', async () => {
    const aws = async (...args: string[]) => (await run('aws', ['lambda', ...args], { env: environment() })).stdout
    const zip = `fileb://${join(dir, 'f.zip')}`
    await aws(
      'create-function',
      '--function-name',
      'cli',
      '--runtime',
      'python3.12',
      '--handler',
      'app.handler',
      '--role',
      role,
      '--zip-file',
      zip,
    )
    const out = join(dir, 'out.json')
    const invoked = await aws('invoke', '--function-name', 'cli', '--payload', '{"name":"x"}', out)
    expect(JSON.parse(invoked)).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
    expect(JSON.parse(execFileSync('cat', [out], { encoding: 'utf8' }))).toMatchObject({ hello: 'x' })
  })
})
