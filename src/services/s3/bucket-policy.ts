import { matches, parsePattern } from '../../authz/pattern.ts'
import { isPublicPolicy } from '../../authz/public-policy.ts'
import { validatePolicy } from '../../authz/validate.ts'
import { awsError, isAwsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { openBucket } from './access.ts'
import type { Api } from './api.ts'
import { absent, change, on } from './bucket-settings.ts'

const maxPolicyBytes = 20 * 1024

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
export const bucketPolicy = operations<Api>()({
  PutBucketPolicy: {
    authorize: on('s3:PutBucketPolicy'),
    async write(tx, input, ctx) {
      const policy = input.Policy
      checkPolicy(policy, input.Bucket)
      await change(tx, input, ctx, (found) => {
        if (found.publicAccessBlock?.blockPublicPolicy && isPublicPolicy(policy)) {
          throw awsError(
            'AccessDenied',
            `User: ${ctx.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "arn:aws:s3:::${found.name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
            { status: 403 },
          )
        }
        return { ...found, policy }
      })
      return {}
    },
  },
  GetBucketPolicy: {
    authorize: on('s3:GetBucketPolicy'),
    async read(tx, input, ctx) {
      const { name, policy } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (policy === undefined) throw noPolicy(name)
      return { Policy: policy }
    },
  },
  GetBucketPolicyStatus: {
    authorize: on('s3:GetBucketPolicyStatus'),
    async read(tx, input, ctx) {
      const { name, policy } = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (policy === undefined) throw noPolicy(name)
      return { PolicyStatus: { IsPublic: isPublicPolicy(policy) } }
    },
  },
  DeleteBucketPolicy: {
    authorize: on('s3:DeleteBucketPolicy'),
    async write(tx, input, ctx) {
      await change(tx, input, ctx, ({ policy: _gone, ...rest }) => rest)
      return {}
    },
  },
})

function noPolicy(name: string): Error {
  return absent('NoSuchBucketPolicy', 'The bucket policy does not exist', name)
}

/** Throws MalformedPolicy unless `text` is a policy about this bucket and its objects. */
function checkPolicy(text: string, bucket: string): void {
  if (Buffer.byteLength(text) > maxPolicyBytes) {
    throw malformedPolicy(`Normalized policy document exceeds the maximum allowed size of ${maxPolicyBytes} bytes.`)
  }
  const { Statement } = valid(text)
  for (const { Action, NotAction, Resource, NotResource } of Statement) {
    for (const action of [...(Action ?? []), ...(NotAction ?? [])]) {
      if (action !== '*' && !/^s3(?:-object-lambda)?:/i.test(action)) throw malformedPolicy('Policy has invalid action')
    }
    for (const resource of [...(Resource ?? []), ...(NotResource ?? [])]) {
      if (!namesBucket(resource, bucket)) throw malformedPolicy('Policy has invalid resource')
    }
  }
}

function valid(text: string) {
  try {
    return validatePolicy(text, 'resource')
  } catch (error) {
    if (isAwsError(error, 'MalformedPolicyDocument')) throw malformedPolicy(error.message)
    throw error
  }
}

/** Whether a resource of the policy means the bucket or its objects: `arn:aws:s3:::name`, `arn:aws:s3:::name/…`. */
function namesBucket(resource: string, bucket: string): boolean {
  const match = /^arn:aws:s3:::([^/]*)(?:\/.*)?$/s.exec(resource)
  if (!match) return false
  const pattern = parsePattern(match[1]!, { wildcards: true, variables: false })
  return matches(pattern, bucket, () => undefined)
}

function malformedPolicy(message: string): Error {
  return awsError('MalformedPolicy', message, { status: 400 })
}
