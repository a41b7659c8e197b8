import { formatArn } from '../../kernel/arn.ts'
import type { RunRequest } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import { logGroupOf } from './describe.ts'
import type { Found } from './find.ts'
import { executionCredentials } from './role.ts'

/** Whether a role may write a log, as last asked. */
interface Permission {
  readonly allowed: Promise<boolean>
  readonly askedAtMs: number
}

const permissions = new WeakMap<Host, Map<string, Permission>>()
/** How long a role's missing (or new) permission takes to be noticed. */
const askAgainMs = 5_000

/**
 * Writes a function's output to its log group, if its role may: without `logs:CreateLogStream` and `logs:PutLogEvents`
 * output is dropped, as Lambda does. Never on the caller's time; batches of one stream stay in order.
 */
export function logWriter(host: Host, found: Found): NonNullable<RunRequest['onLog']> {
  const { scope } = found.name
  const group = logGroupOf(found.record.name, found.configuration.logging)
  let last: Promise<unknown> = Promise.resolve()
  return (stream, lines) => {
    const allowed = mayLog(host, found, group)
    last = Promise.all([last, allowed]).then(([, yes]) => {
      if (yes) host.logs.append(scope, group, stream, lines)
    })
  }
}

function mayLog(host: Host, { name, record, configuration }: Found, group: string): Promise<boolean> {
  const known = permissions.get(host) ?? new Map<string, Permission>()
  permissions.set(host, known)
  const key = `${configuration.role} ${name.scope.region} ${group}`
  const nowMs = host.clock.nowMs()
  const before = known.get(key)
  if (before && nowMs - before.askedAtMs < askAgainMs) return before.allowed
  const allowed = ask(host, { scope: name.scope, name: record.name }, configuration.role, group)
  if (known.size > 5_000) known.clear()
  known.set(key, { allowed, askedAtMs: nowMs })
  return allowed
}

async function ask(host: Host, name: Found['name'], role: string, group: string): Promise<boolean> {
  try {
    const { principal } = await executionCredentials(host, name, role)
    const { scope } = name
    const groupArn = formatArn('logs', scope.region, scope.account, `log-group:${group}`)
    return await host.records.read(scope, async (tx) => {
      for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
        const resource = action === 'logs:PutLogEvents' ? `${groupArn}:log-stream:*` : `${groupArn}:*`
        if (!(await host.isAllowed(principal, { action, resource }, {}, tx))) return false
      }
      return true
    })
  } catch (error) {
    host.log.warn('lambda.log-permission-unknown', { group, error: (error as Error).message })
    return false
  }
}
