"""The main flows of buckets and objects through boto3. Prints what it saw as one JSON document."""
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
s3.put_object(Bucket='python', Key='ctrl\x01', Body=b'')
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
def posted(fields, body):
    boundary = 'python-form'
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\n{body}\r\n--{boundary}--\r\n')
    return ''.join(parts).encode(), {'Content-Type': f'multipart/form-data; boundary={boundary}'}
statuses = []
for version in ['s3v4', 's3']:
    signer = boto3.client('s3', config=boto3.session.Config(signature_version=version))
    form = signer.generate_presigned_post('python', f'form-{version}/${{filename}}', Fields={'acl': 'private', 'x-amz-meta-a': 'b'}, Conditions=[{'acl': 'private'}, {'x-amz-meta-a': 'b'}, ['content-length-range', 1, 100]])
    body, headers = posted(form['fields'], 'from a form')
    statuses.append(urllib.request.urlopen(urllib.request.Request(form['url'], data=body, headers=headers)).status)
    kept = s3.get_object(Bucket='python', Key=f'form-{version}/f.txt')
    statuses.append([kept['Body'].read().decode(), kept['Metadata']])
    s3.delete_object(Bucket='python', Key=f'form-{version}/f.txt')
out['forms'] = statuses
s3.create_bucket(Bucket='py-versions')
s3.put_bucket_versioning(Bucket='py-versions', VersioningConfiguration={'Status': 'Enabled'})
for body in [b'1', b'2']:
    s3.put_object(Bucket='py-versions', Key='k', Body=body)
s3.delete_object(Bucket='py-versions', Key='k')
versions = boto3.resource('s3').Bucket('py-versions').object_versions
out['versions'] = len(list(versions.all()))
versions.delete()
s3.delete_bucket(Bucket='py-versions')
far = boto3.client('s3', region_name='eu-west-1')
far.create_bucket(Bucket='py-far', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_object(Bucket='py-far', Key='k', Body=b'redirected')
out['redirected'] = far.get_object(Bucket='py-far', Key='k')['Body'].read().decode()
deleted = s3.delete_objects(Bucket='python', Delete={'Objects': [{'Key': k} for k in out['keys'] + ['big', 'copy']]})
out['deleted'] = len(deleted['Deleted'])
s3.delete_bucket(Bucket='python')
print(json.dumps(out))
