import { nearest } from '../arguments.ts'
import { usageError } from '../command.ts'
import { authorizers } from './authorizers.ts'
import { http } from './http.ts'
import { messages } from './messages.ts'
import { resources } from './resources.ts'
import type { Sample } from './sample.ts'
import { streams } from './streams.ts'

/** Sample events by name. */
export const samples: Readonly<Record<string, Sample>> = {
  ...http,
  ...authorizers,
  ...messages,
  ...streams,
  ...resources,
}

/** The sample of that name; a usage error that says which there are. */
export function findSample(name: string): Sample {
  const found = Object.hasOwn(samples, name) ? samples[name] : undefined
  if (found) return found
  if (/^\s*[[{"]/.test(name)) {
    throw usageError(
      '--event takes the name of a sample event, not JSON.',
      "Give the event itself with --payload '{…}'",
    )
  }
  const meant = nearest(name, Object.keys(samples))
  throw usageError(
    `There is no sample event "${name}".`,
    meant ? `Did you mean: --event ${meant}` : 'See which there are: landfall invoke --list-events',
  )
}
