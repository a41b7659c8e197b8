import { accessLogJob } from './access-log-job.ts'
import { restoredJob } from './archive.ts'
import { lifecycleJob } from './lifecycle-job.ts'
import { notifyJob } from './notify.ts'

/** Background work of buckets. */
export const jobs = {
  notify: notifyJob,
  lifecycle: lifecycleJob,
  'access-log': accessLogJob,
  restored: restoredJob,
} as const
