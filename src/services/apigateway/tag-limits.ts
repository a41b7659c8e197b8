import { badRequest } from './find.ts'

type Tags = Readonly<Record<string, string>>

/** Throws BadRequestException unless a resource can have these tags. */
export function checkTags(tags: Tags): Tags {
  if (Object.keys(tags).length > 50) throw badRequest('A resource can have at most 50 tags.')
  return tags
}
