import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
let dir: string
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
  dir = mkdtempSync(join(tmpdir(), 'landfall-s3-'))
})
afterAll(async () => {
  await node.close()
  rmSync(dir, { recursive: true, force: true })
})

const script = `
import boto3, io, json, urllib.request
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
s3 = boto3.client('s3')
out = {}
s3.create_bucket(Bucket='python')
s3.put_object(Bucket='python', Key='dir/ä b+c', Body=b'hello', Metadata={'m': '1'}, ContentType='text/x')
got = s3.get_object(Bucket='python', Key='dir/ä b+c')
out['got'] = [got['Body'].read().decode(), got['Metadata'], got['ContentType']]
out['range'] = s3.get_object(Bucket='python', Key='dir/ä b+c', Range='bytes=1-2')['Body'].read().decode()
s3.put_object(Bucket='python', Key='ctrl\\x01', Body=b'')
out['keys'] = [o['Key'] for o in s3.list_objects_v2(Bucket='python')['Contents']]
out['v1'] = [o['Key'] for o in s3.list_objects(Bucket='python', Delimiter='/').get('Contents', [])]
big = b'z' * (12 * 1024 * 1024)
s3.upload_fileobj(io.BytesIO(big), 'python', 'big', Config=TransferConfig(multipart_threshold=5*1024*1024, multipart_chunksize=5*1024*1024))
back = io.BytesIO()
s3.download_fileobj('python', 'big', back)
out['big'] = [back.getvalue() == big, s3.head_object(Bucket='python', Key='big')['ETag'][-3:-1]]
s3.copy({'Bucket': 'python', 'Key': 'big'}, 'python', 'copy', Config=TransferConfig(multipart_threshold=5*1024*1024, multipart_chunksize=5*1024*1024))
out['copy'] = s3.head_object(Bucket='python', Key='copy')['ContentLength']
url = s3.generate_presigned_url('get_object', Params={'Bucket': 'python', 'Key': 'dir/ä b+c'})
out['presigned'] = [urllib.request.urlopen(url).read().decode(), 'AWSAccessKeyId' in url]
for name, call in {'missing': lambda: s3.get_object(Bucket='python', Key='no'), 'head': lambda: s3.head_object(Bucket='python', Key='no'), 'bucket': lambda: s3.head_bucket(Bucket='no-such-bucket')}.items():
    try:
        call()
    except ClientError as e:
        out[name] = e.response['Error']['Code']
far = boto3.client('s3', region_name='eu-west-1')
far.create_bucket(Bucket='py-far', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_object(Bucket='py-far', Key='k', Body=b'redirected')
out['redirected'] = far.get_object(Bucket='py-far', Key='k')['Body'].read().decode()
deleted = s3.delete_objects(Bucket='python', Delete={'Objects': [{'Key': k} for k in out['keys'] + ['big', 'copy']]})
out['deleted'] = len(deleted['Deleted'])
s3.delete_bucket(Bucket='python')
print(json.dumps(out))
`

describe.runIf(works('python3', '-c', 'import boto3'))('boto3', () => {
  test('puts, gets, lists, uploads in parts, copies, signs links and follows redirects', async () => {
    const { stdout } = await run('python3', ['-c', script], { env: environment() })
    expect(JSON.parse(stdout)).toEqual({
      got: ['hello', { m: '1' }, 'text/x'],
      range: 'el',
      keys: ['ctrl\u0001', 'dir/ä b+c'],
      v1: ['ctrl\u0001'],
      big: [true, '-3'],
      copy: 12 * 1024 * 1024,
      presigned: ['hello', expect.any(Boolean)],
      missing: 'NoSuchKey',
      head: '404',
      bucket: '404',
      redirected: 'redirected',
      deleted: 4,
    })
  })
})

describe.runIf(works('aws', '--version'))('the AWS CLI', () => {
  test('makes a bucket, synchronises a folder, lists it and removes it all', async () => {
    const aws = async (...args: string[]) => (await run('aws', args, { env: environment(), cwd: dir })).stdout
    writeFileSync(join(dir, 'a.txt'), 'from the CLI')
    await aws('s3', 'mb', 's3://cli')
    await aws('s3', 'sync', '.', 's3://cli/dir/')
    expect(await aws('s3', 'ls', 's3://cli/dir/')).toMatch(/ 12 a\.txt/)
    expect(await aws('s3', 'cp', 's3://cli/dir/a.txt', '-')).toBe('from the CLI')
    await aws('s3', 'rb', '--force', 's3://cli')
    expect(await aws('s3', 'ls')).not.toContain('cli')
  })
})
