import { awsError } from '../../kernel/errors.ts'

/** Bytes [start, end). */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads a Range header against a body. Undefined when the whole body is to be sent: no header, a unit or form that is
 * not understood, or several ranges, which S3 does not do. Throws InvalidRange (416) when nothing of it is there.
 * https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = header === undefined ? undefined : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim())
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const [, first = '', last = ''] = match
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes)
    if (length === 0) throw invalidRange(header ?? '', sizeBytes)
    return { start: sizeBytes - length, end: sizeBytes }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= sizeBytes) throw invalidRange(header ?? '', sizeBytes)
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) }
}

/** `x-amz-copy-source-range`: both ends, inside the source. Throws InvalidArgument or InvalidRange. */
export function parseCopyRange(header: string, sizeBytes: number): ByteRange {
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header)
  if (!match || Number(match[1]) > Number(match[2])) {
    throw awsError(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      { status: 400, members: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header } },
    )
  }
  const range = { start: Number(match[1]), end: Number(match[2]) + 1 }
  if (range.end > sizeBytes) {
    throw awsError('InvalidArgument', `Range specified is not valid for source object of size: ${sizeBytes}`, {
      status: 400,
      members: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    })
  }
  return range
}

export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end - 1}/${sizeBytes}`
}

function invalidRange(header: string, sizeBytes: number): Error {
  return awsError('InvalidRange', 'The requested range is not satisfiable', {
    status: 416,
    members: { RangeRequested: header, ActualObjectSize: sizeBytes },
    headers: { 'content-range': `bytes */${sizeBytes}` },
  })
}
