import { CliError } from './command.ts'

/** What an error of an AWS SDK client means to someone at a terminal; undefined when it is no such error. */
export function explain(error: unknown): CliError | undefined {
  if (!(error instanceof Error)) return undefined
  const codes = connectionCodes(error)
  if (codes.some((code) => code === 'ECONNREFUSED' || code === 'ENOTFOUND')) {
    return new CliError(
      'No node answers there.',
      'Start one with: landfall start   (or name the right one with --endpoint)',
      { cause: error },
    )
  }
  if (!('$metadata' in error)) return undefined
  return new CliError(`${error.name}: ${error.message}`, nextSteps[error.name] ?? 'See: landfall --help', {
    cause: error,
  })
}

const nextSteps: Readonly<Record<string, string>> = {
  AccessDenied: 'Use a key with that permission, or add a statement to its policy.',
  AccessDeniedException: 'Use a key with that permission, or add a statement to its policy.',
  InvalidClientTokenId: 'The node does not know this access key. See: landfall env --help',
  UnrecognizedClientException: 'The node does not know this access key. See: landfall env --help',
  InvalidSignatureException: 'The secret does not belong to the access key. See: landfall env --help',
  SignatureDoesNotMatch: 'The secret does not belong to the access key. See: landfall env --help',
  ResourceNotFoundException: 'See what is deployed with: landfall info',
}

/** Codes of the error and of what caused it: the SDK wraps refused connections in an AggregateError. */
function connectionCodes(error: Error): string[] {
  const causes = error instanceof AggregateError ? error.errors : [error.cause]
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : []
  return [...own, ...causes.flatMap((cause) => (cause instanceof Error ? connectionCodes(cause) : []))]
}
