import { lifecycleJob } from './lifecycle-job.ts'
import { notifyJob } from './notify.ts'

/** Background work of buckets. */
export const jobs = { notify: notifyJob, lifecycle: lifecycleJob } as const
