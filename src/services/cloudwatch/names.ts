import { formatArn } from '../../kernel/arn.ts'
import type { Scope } from '../../kernel/records.ts'

export function alarmArn({ region, account }: Scope, name: string): string {
  return formatArn('cloudwatch', region, account, `alarm:${name}`)
}

/** `2026-11-22T05:54:00.000+0000`, as events and messages have it. */
export function iso(atMs: number): string {
  return new Date(atMs).toISOString().replace('Z', '+0000')
}
