import { makeEdition } from './edition-job.ts'
import { expirePreview, forgetEditionJob } from './editions.ts'
import { readEndpoint } from './endpoint-job.ts'

/** Background work of portals. */
export const jobs = {
  'read-endpoint': readEndpoint,
  'make-edition': makeEdition,
  'forget-edition': forgetEditionJob,
  'expire-preview': expirePreview,
} as const
