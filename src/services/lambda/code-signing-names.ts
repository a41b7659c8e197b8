import { formatArn, parseArn } from '../../kernel/arn.ts'
import type { Scope } from '../../kernel/records.ts'

/** The ARN of a code signing configuration. */
export function codeSigningArn(scope: Scope, id: string): string {
  return formatArn('lambda', scope.region, scope.account, `code-signing-config:${id}`)
}

/** The code signing configuration that an ARN names, or undefined when it names something else. */
export function codeSigningIdOf(arn: string): { id: string; scope: Scope } | undefined {
  const parsed = parseArn(arn)
  const id = /^code-signing-config:(csc-[a-z0-9]{17})$/.exec(parsed?.resource ?? '')?.[1]
  if (parsed?.service !== 'lambda' || id === undefined) return undefined
  return { id, scope: { account: parsed.account, region: parsed.region } }
}
