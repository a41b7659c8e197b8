import { purge } from './purge-job.ts'
import { trim } from './trim-job.ts'

export const jobs = { purge, trim }
