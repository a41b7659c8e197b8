import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { keyspace } from '../../store/keyspace.ts'

/** A stream or Firehose, perhaps of another region, that log groups of other accounts may be subscribed to. */
export interface Destination {
  readonly name: string
  readonly targetArn: string
  /** As whom the target is given events. */
  readonly roleArn: string
  /** JSON text: who may make subscription filters to it besides those whom its own account allows to. */
  readonly accessPolicy?: string | undefined
  readonly createdAtMs: number
  readonly tags: Readonly<Record<string, string>>
}

export const destination = keyspace('logs').record<Destination, [name: string]>('destination')

export function destinationArn({ region, account }: Scope, name: string): string {
  return formatArn('logs', region, account, `destination:${name}`)
}

/** The name in an ARN of a destination; undefined in one of something else. */
export function destinationName(arn: string): string | undefined {
  return /^arn:[^:]*:logs:[^:]*:[^:]*:destination:([^:*]+)$/.exec(arn)?.[1]
}

/** The destination of an ARN, in whichever account and region that says. */
export async function destinationOf(tx: ReadTx, arn: string): Promise<Destination | undefined> {
  const name = destinationName(arn)
  const { region = '', account = '' } = parseArn(arn) ?? {}
  return name === undefined ? undefined : tx.in({ region, account }).get(destination(name))
}
