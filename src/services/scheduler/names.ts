import { formatArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope, Tx } from '../../kernel/records.ts'
import * as tokens from '../../kernel/request-token.ts'
import { type Schedule, type ScheduleGroup, schedule, scheduleGroup, tokenExpiry, usedToken } from './state.ts'

export const defaultGroup = 'default'
export const principalName = 'scheduler.amazonaws.com'

export function groupArn({ region, account }: Scope, name: string): string {
  return formatArn('scheduler', region, account, `schedule-group/${name}`)
}

export function scheduleArn({ region, account }: Scope, group: string, name: string): string {
  return formatArn('scheduler', region, account, `schedule/${group}/${name}`)
}

/** The group. Throws ResourceNotFoundException. Every account has the default one. */
export async function findGroup(tx: ReadTx, name: string): Promise<ScheduleGroup> {
  const found = await tx.get(scheduleGroup(name))
  if (found) return found
  if (name !== defaultGroup) throw awsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`)
  return { name, tags: {}, createdAtMs: 0, modifiedAtMs: 0 }
}

/** The schedule. Throws ResourceNotFoundException. */
export async function findSchedule(tx: ReadTx, group: string, name: string): Promise<Schedule> {
  const found = await tx.get(schedule(group, name))
  if (!found) throw awsError('ResourceNotFoundException', `Schedule ${name} does not exist.`)
  return found
}

export function invalid(message: string): Error {
  return awsError('ValidationException', message)
}

/**
 * Remembers the ClientToken of an operation for ten minutes: how long AWS does is not documented. True when it came with
 * the same request before.
 */
export function usedBefore(
  tx: Tx,
  operation: string,
  { ClientToken, ...request }: { readonly ClientToken?: string },
  nowMs: number,
): Promise<boolean> {
  if (ClientToken === undefined) return Promise.resolve(false)
  const mismatch = () =>
    awsError('ConflictException', 'The ClientToken was used with other parameters in the last ten minutes.')
  const options = { nowMs, rememberedMs: 600_000, mismatch }
  return tokens.usedBefore(
    tx,
    { used: usedToken, expiry: tokenExpiry },
    `${operation} ${ClientToken}`,
    request,
    options,
  )
}
