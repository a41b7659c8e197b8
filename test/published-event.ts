import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Events as they are published with AWS's own libraries; not part of the checkout, but kept beside it where it is worked on. */
const folder = join(import.meta.dirname, '../../shared/conformance/lambda-events')

/** Whether they are there. */
export const hasPublishedEvents = existsSync(folder)

/** The published event of that name. Throws when there is none. */
export function publishedEvent<T = Record<string, unknown>>(name: string): T {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as T
}
