import { ControlError } from '../control.ts'
import { CliError } from './command.ts'

/**
 * What an error of an AWS SDK client, or of the node's own API, means to someone at a terminal; undefined when it is no
 * such error. `command` is what was being run, for the next step.
 */
export function explain(error: unknown, command: string): CliError | undefined {
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
  const told = error instanceof ControlError ? error.code : '$metadata' in error ? error.name : undefined
  if (told === undefined) return undefined
  const unqualified = command === 'invoke' && error.message.includes('unqualified ARN')
  const next = unqualified ? qualified : (nextSteps[told] ?? `See: landfall ${command} --help`)
  const said = error instanceof ControlError && plain.has(told) ? error.message : `${told}: ${error.message}`
  return new CliError(said, typeof next === 'string' ? next : next(command), { cause: error })
}

/** Of durable functions, which are invoked by a version or an alias, never without. */
const qualified = "Say which version: --qualifier '$LATEST', a number or an alias."

/** What the node's own API calls these says no more than its message. */
const plain: ReadonlySet<string> = new Set(['NotFound', 'ValidationException'])

const unknownKey =
  'The node does not know this access key: name its data folder with --data, or set AWS_ACCESS_KEY_ID and its secret.'

const nextSteps: Readonly<Record<string, string | ((command: string) => string)>> = {
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
  NotFound: (command) => `See which are kept: landfall ${command === 'replay' ? 'invocations FUNCTION' : command}`,
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
