import { parseArn } from '../../../kernel/arn.ts'
import { isAwsError } from '../../../kernel/errors.ts'
import type { Host } from '../../../kernel/host.ts'
import type { Scope, Tx } from '../../../kernel/records.ts'
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
