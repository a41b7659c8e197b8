import { invalid } from './value.ts'

/** What the intrinsic functions of one template may still make: in characters, of which an item of a list counts for several. */
export interface Work {
  left: number
}

/** A short template can ask for any number of long texts and lists: about a second's work. */
const mostWork = 100_000_000
const perItem = 32

export function openWork(): Work {
  return { left: mostWork }
}

/** What a function has made, which whoever takes it goes through. Throws ValidationError when all together are too much. */
export function counted<T>(made: T, work: Work): T {
  work.left -= typeof made === 'string' ? made.length : Array.isArray(made) ? made.length * perItem : 1
  if (work.left >= 0) return made
  throw invalid('Template error: the intrinsic functions of the template make too much text, or too many items.')
}
