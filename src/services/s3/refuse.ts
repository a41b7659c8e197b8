import { type AwsError, awsError } from '../../kernel/errors.ts'

/** Throws NotImplemented, naming it, when one of these members is present. The values are the names on the wire. */
export function refuse<I extends object>(input: I, names: { readonly [K in keyof I]?: string }): void {
  for (const member in names) {
    if (input[member] !== undefined) throw notImplemented(String(names[member]))
  }
}

/** The error S3 has for a header that implies something it does not do. */
export function notImplemented(name: string, hint = 'Leave it out.'): AwsError {
  return awsError('NotImplemented', `${name} implies functionality that is not implemented here. ${hint}`, {
    status: 501,
    members: { Header: name },
  })
}

export function invalidArgument(name: string, value: unknown, message: string): AwsError {
  return awsError('InvalidArgument', message, {
    status: 400,
    members: { ArgumentName: name, ArgumentValue: String(value) },
  })
}

export const otherChecksums = {
  ChecksumXXHASH64: 'x-amz-checksum-xxhash64',
  ChecksumXXHASH3: 'x-amz-checksum-xxhash3',
  ChecksumXXHASH128: 'x-amz-checksum-xxhash128',
} as const
