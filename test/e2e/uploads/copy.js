const { PutObjectCommand, S3Client } = require('@aws-sdk/client-s3')

const s3 = new S3Client({})

/** Notes down what was uploaded. */
exports.handler = async ({ Records }) => {
  for (const { eventName, s3: told } of Records) {
    const Key = decodeURIComponent(told.object.key.replaceAll('+', ' '))
    const Body = JSON.stringify({ eventName, bucket: told.bucket.name, size: told.object.size })
    await s3.send(new PutObjectCommand({ Bucket: process.env.COPIES, Key, Body }))
  }
}
