import { ControlError } from '../control.ts'
import { CliError } from './command.ts'

/** What an error of an AWS SDK client means to someone at a terminal; undefined when it is no such error. */
export function explain(error: unknown): CliError | undefined {
  if (!(error instanceof Error)) return undefined
  const refused = causes(error).find(({ code }) => code === 'ECONNREFUSED' || code === 'ENOTFOUND')
  if (refused) {
    const { address, hostname = address, port } = refused
    const where = hostname === undefined ? 'there' : `at ${hostname}${port === undefined ? '' : `:${port}`}`
    return new CliError(
      `No node answers ${where}.`,
      'Start one with: landfall start   (or name the right one with --endpoint)',
      { cause: error },
    )
  }
  if (error instanceof ControlError) {
    const next = nextSteps[error.code] ?? 'See: landfall --help'
    return new CliError(`${error.code}: ${error.message}`, next, { cause: error })
  }
  if (!('$metadata' in error)) return undefined
  return new CliError(`${error.name}: ${error.message}`, nextSteps[error.name] ?? 'See: landfall --help', {
    cause: error,
  })
}

const unknownKey =
  'The node does not know this access key: name its data folder with --data, or set AWS_ACCESS_KEY_ID and its secret.'

const nextSteps: Readonly<Record<string, string>> = {
  AccessDenied: 'Use a key with that permission, or add a statement to its policy.',
  AccessDeniedException: 'Use a key with that permission, or add a statement to its policy.',
  InvalidClientTokenId: unknownKey,
  UnrecognizedClientException: unknownKey,
  InvalidSignatureException: 'The secret does not belong to the access key. See: landfall env --help',
  SignatureDoesNotMatch: 'The secret does not belong to the access key. See: landfall env --help',
  NotRecorded: 'landfall dev records, and so does: landfall start --record-invocations',
  InProgress: 'See what still waits: landfall deliveries',
  NotDroppable: 'See what it is about: landfall deliveries --json',
  FaultsNotEnabled: 'For trying things out: landfall start --dev',
  NotFound: 'See which are kept: landfall invocations FUNCTION, landfall faults, landfall deliveries',
  ResourceNotFoundException: 'See what is deployed with: landfall info',
}

interface ConnectionError extends Error {
  readonly code?: string
  readonly address?: string
  readonly hostname?: string
  readonly port?: number
}

/** The error and what caused it: refused connections come wrapped, in an AggregateError too. */
function causes(error: ConnectionError): ConnectionError[] {
  const inner = error instanceof AggregateError ? error.errors : [error.cause]
  return [error, ...inner.flatMap((cause) => (cause instanceof Error ? causes(cause) : []))]
}
