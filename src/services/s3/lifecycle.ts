import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { openBucket } from './access.ts'
import type { Api } from './api.ts'
import { absent, malformed, on } from './bucket-settings.ts'
import { checkRule, ruleMembers } from './lifecycle-input.ts'
import { cancelLifecycle, scheduleLifecycle } from './lifecycle-job.ts'
import type { Lifecycle } from './lifecycle-rules.ts'
import { invalidArgument } from './refuse.ts'
import { bucket } from './state.ts'
import { verifyWholeBody } from './whole-body.ts'

const maxRules = 1000
const sizes = ['all_storage_classes_128K', 'varies_by_storage_class'] as const

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html */
export const lifecycle = operations<Api>()({
  PutBucketLifecycleConfiguration: {
    authorize: on('s3:PutLifecycleConfiguration'),
    async write(tx, input, ctx) {
      await verifyWholeBody(ctx)
      const given = input.LifecycleConfiguration?.Rules ?? []
      if (given.length === 0 || given.length > maxRules)
        throw malformed(`A lifecycle configuration holds 1 to ${maxRules} rules.`)
      const name = input.TransitionDefaultMinimumObjectSize ?? 'all_storage_classes_128K'
      const minimumSize = sizes.find((known) => known === name)
      if (!minimumSize)
        throw invalidArgument('x-amz-transition-default-minimum-object-size', name, `Use one of ${sizes.join(', ')}.`)
      const rules = given.map((rule) => checkRule(rule, ctx.newId()))
      if (new Set(rules.map(({ id }) => id)).size < rules.length)
        throw awsError('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule', {
          status: 400,
        })
      const next: Lifecycle = { rules, minimumSize }
      const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      tx.in(found).set(bucket(found.name), { ...found, lifecycle: next })
      scheduleLifecycle(tx, ctx, found)
      return { TransitionDefaultMinimumObjectSize: minimumSize }
    },
  },
  GetBucketLifecycleConfiguration: {
    authorize: on('s3:GetLifecycleConfiguration'),
    async read(tx, input, ctx) {
      const found = await openBucket(tx, input.Bucket, ctx, { owner: input.ExpectedBucketOwner })
      if (!found.lifecycle)
        throw absent('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', found.name)
      return {
        Rules: found.lifecycle.rules.map(ruleMembers),
        TransitionDefaultMinimumObjectSize: found.lifecycle.minimumSize,
      }
    },
  },
  DeleteBucketLifecycle: {
    authorize: on('s3:PutLifecycleConfiguration'),
    async write(tx, input, ctx) {
      const { lifecycle: _gone, ...rest } = await openBucket(tx, input.Bucket, ctx, {
        owner: input.ExpectedBucketOwner,
      })
      tx.in(rest).set(bucket(rest.name), rest)
      cancelLifecycle(tx, ctx, rest)
      return {}
    },
  },
})
