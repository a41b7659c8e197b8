import type { Credentials, Host } from '../kernel/host.ts'

const sessionSec = 3_600
const freshMs = 300_000
const mostSessions = 1_000
const sessions = new WeakMap<Host, Map<string, Promise<Credentials>>>()

/** Credentials of a role as API Gateway gets them, shared while they are fresh. Rejects as the role's trust policy has it. */
export async function gatewayCredentials(host: Host, roleArn: string): Promise<Credentials> {
  const known = sessions.get(host) ?? new Map<string, Promise<Credentials>>()
  sessions.set(host, known)
  const before = await known.get(roleArn)?.catch(() => undefined)
  if (before && before.expiresAtMs - freshMs > host.clock.nowMs()) return before
  const next = host.assumeRole(roleArn, {
    service: 'apigateway.amazonaws.com',
    sessionName: 'BackplaneAssumeRoleSession',
    durationSec: sessionSec,
  })
  known.delete(roleArn)
  if (known.size >= mostSessions) known.delete(known.keys().next().value!)
  known.set(roleArn, next)
  next.catch(() => {
    if (known.get(roleArn) === next) known.delete(roleArn)
  })
  return next
}
