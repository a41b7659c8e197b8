import { accessLogJob } from './access-log-job.ts'
import { restoredJob } from './archive.ts'
import { inventoryJob } from './inventory-job.ts'
import { lifecycleJob } from './lifecycle-job.ts'
import { notifyJob } from './notify.ts'
import { replicateJob } from './replicate-job.ts'

/** Background work of buckets. */
export const jobs = {
  notify: notifyJob,
  lifecycle: lifecycleJob,
  inventory: inventoryJob,
  'access-log': accessLogJob,
  restored: restoredJob,
  replicate: replicateJob,
} as const
