const { S3Client, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } = require('@aws-sdk/client-s3')
const { reply } = require('./shared.js')

const s3 = new S3Client({})
const Bucket = process.env.LABELS

exports.handler = async ({ requestContext, pathParameters, body, isBase64Encoded, headers }) => {
  const Key = pathParameters.proxy
  const { method } = requestContext.http
  if (method === 'PUT') {
    const Body = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
    await s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: headers['content-type'] }))
    return reply(200, { stored: Key, sizeBytes: Body.length })
  }
  if (Key.endsWith('/')) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))
    return Contents.map((each) => each.Key)
  }
  try {
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return {
      statusCode: 200,
      headers: { 'content-type': ContentType },
      isBase64Encoded: true,
      body: Buffer.from(await Body.transformToByteArray()).toString('base64'),
    }
  } catch (error) {
    if (error.name !== 'NoSuchKey') throw error
    return reply(404, { error: `no file ${Key}` })
  }
}
