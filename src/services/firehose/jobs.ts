import { deliverJob } from './deliver-job.ts'
import { purgeJob } from './purge-job.ts'
import { readJob } from './read-job.ts'

/** Background work of delivery streams. */
export const jobs = { deliver: deliverJob, purge: purgeJob, read: readJob } as const
