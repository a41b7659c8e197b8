import { channelJob as channel } from './channels/channel-job.ts'
import { purge } from './purge-job.ts'
import { scale } from './scale-job.ts'
import { trim } from './trim-job.ts'

export const jobs = { channel, purge, scale, trim }
