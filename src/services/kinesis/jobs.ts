import { purge } from './purge-job.ts'
import { scale } from './scale-job.ts'
import { trim } from './trim-job.ts'

export const jobs = { purge, scale, trim }
