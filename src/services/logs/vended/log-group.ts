import { parseArn } from '../../../kernel/arn.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Scope, Tx } from '../../../kernel/records.ts'
import { eventOverheadBytes } from '../../../telemetry/log-write.ts'
import { mostEventBytes } from '../events.ts'
import { deliverer, deliveryContext } from './deliverer.ts'

/** The log group of an ARN, which may end in `:*`, and whose it is. */
export function groupOfArn(arn: string): { readonly scope: Scope; readonly group: string } {
  const { account = '', region = '', resource = '' } = parseArn(arn) ?? {}
  return { scope: { account, region }, group: resource.slice('log-group:'.length).replace(/:\*$/, '') }
}

export interface LinesTo {
  /** Of the log group. */
  readonly resourceArn: string
  readonly stream: string
  readonly sourceArn: string
  readonly host: Host
}

const mostLines = 10_000

/** What a line counts for in a request of PutLogEvents. */
export const lineBytes = (message: string) => Buffer.byteLength(message) + eventOverheadBytes

/** The lines in portions, each as many as one PutLogEvents takes. */
export function* portionsOf<L extends { readonly message: string }>(lines: readonly L[]): Generator<L[]> {
  let [portion, bytes]: [L[], number] = [[], 0]
  for (const line of lines) {
    const size = lineBytes(line.message)
    if (portion.length > 0 && (portion.length === mostLines || bytes + size > mostEventBytes)) {
      yield portion
      ;[portion, bytes] = [[], 0]
    }
    portion.push(line)
    bytes += size
  }
  if (portion.length > 0) yield portion
}

/** Puts lines to a stream of a log group, which its account's resource policy has to permit. `within` joins the transaction. */
export async function putLines(
  { resourceArn, stream, sourceArn, host }: LinesTo,
  logEvents: readonly { readonly timestamp: number; readonly message: string }[],
  within?: (tx: Tx) => Promise<void>,
): Promise<void> {
  const { scope, group } = groupOfArn(resourceArn)
  const to = { logGroupName: group, logStreamName: stream }
  const options = { as: deliverer, scope, context: deliveryContext(sourceArn) }
  const put = () => host.invoke('logs:PutLogEvents', { ...to, logEvents }, { ...options, ...(within && { within }) })
  try {
    await put()
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException')) throw error
    await host.invoke('logs:CreateLogStream', to, options).catch((failure: unknown) => {
      if (!isAwsError(failure, 'ResourceAlreadyExistsException')) throw failure
    })
    await put()
  }
}
