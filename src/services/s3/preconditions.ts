import { awsError } from '../../kernel/errors.ts'
import type { StoredObject } from './state.ts'

export interface Conditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: Date | undefined
  readonly ifUnmodifiedSince?: Date | undefined
}

/** Whether an `If-Match` value (quoted or not, a list, `*`) names this ETag. */
export function matchesEtag(header: string, etag: string): boolean {
  return header.split(',').some((item) => {
    const tag = item.trim().replace(/^W\//, '')
    return tag === '*' || tag.replaceAll('"', '') === etag
  })
}

/**
 * The conditions of a read. Throws PreconditionFailed (412) or, for a client whose copy is current, NotModified (304).
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (If-Match wins over If-Unmodified-Since, and
 * If-None-Match over If-Modified-Since).
 */
export function checkReadConditions(stored: StoredObject, conditions: Conditions): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, stored.etag)) throw preconditionFailed('If-Match')
  } else if (ifUnmodifiedSince !== undefined && stored.modifiedAtMs > ifUnmodifiedSince.getTime()) {
    throw preconditionFailed('If-Unmodified-Since')
  }
  const unchanged =
    ifNoneMatch !== undefined
      ? matchesEtag(ifNoneMatch, stored.etag)
      : ifModifiedSince !== undefined && stored.modifiedAtMs <= ifModifiedSince.getTime()
  if (unchanged) {
    throw awsError('NotModified', 'Not Modified', {
      status: 304,
      headers: { etag: `"${stored.etag}"`, 'last-modified': new Date(stored.modifiedAtMs).toUTCString() },
    })
  }
}

/** The conditions on the source of a copy: whatever fails is a 412. */
export function checkCopyConditions(stored: StoredObject, conditions: Conditions): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, stored.etag)) throw preconditionFailed('x-amz-copy-source-If-Match')
  } else if (ifUnmodifiedSince !== undefined && stored.modifiedAtMs > ifUnmodifiedSince.getTime()) {
    throw preconditionFailed('x-amz-copy-source-If-Unmodified-Since')
  }
  if (ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, stored.etag))
    throw preconditionFailed('x-amz-copy-source-If-None-Match')
  if (ifNoneMatch === undefined && ifModifiedSince !== undefined && stored.modifiedAtMs <= ifModifiedSince.getTime()) {
    throw preconditionFailed('x-amz-copy-source-If-Modified-Since')
  }
}

/**
 * The conditions of a write, to be checked in its transaction: `If-None-Match: *` (the key must be free) and
 * `If-Match` (the key must hold this ETag). A key under a delete marker is free. Where S3 answers 409 to one of two
 * writers that met, the loser here is judged after the winner, so 412 is all there is.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteConditions(stored: StoredObject | undefined, key: string, conditions: Conditions): void {
  const { ifMatch, ifNoneMatch } = conditions
  if (ifMatch !== undefined) {
    if (!stored) throw noSuchKey(key)
    if (!matchesEtag(ifMatch, stored.etag)) throw preconditionFailed('If-Match')
  }
  if (ifNoneMatch !== undefined && stored) throw preconditionFailed('If-None-Match')
}

/** Refuses what a write can't be conditional on, before its body is read. */
export function checkWriteHeaders({ IfNoneMatch }: { IfNoneMatch?: string }): void {
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
    throw awsError(
      'NotImplemented',
      'If-None-Match with anything but * implies functionality that is not implemented.',
      {
        status: 501,
        members: {
          Header: 'If-None-Match',
          additionalMessage: "We don't accept the provided value of If-None-Match header for this API",
        },
      },
    )
  }
}

export function preconditionFailed(condition: string): Error {
  return awsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    members: { Condition: condition },
  })
}

export function noSuchKey(key: string, headers: Record<string, string> = {}): Error {
  return awsError('NoSuchKey', 'The specified key does not exist.', { status: 404, members: { Key: key }, headers })
}
