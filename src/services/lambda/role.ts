import { passingRole } from '../../kernel/authorization.ts'
import { isAwsError } from '../../kernel/errors.ts'
import type { Credentials, Host } from '../../kernel/host.ts'
import { invalid } from './errors.ts'
import { type FunctionName, functionArn } from './names.ts'

const sessionSec = 3600
/** Credentials are handed to new instances while at least this much of them is left. */
const freshMs = 1_800_000

const sessions = new WeakMap<Host, Map<string, Promise<Credentials>>>()
const mostSessions = 5_000

/**
 * Temporary credentials of a function's execution role, shared by its instances and pollers while they are fresh.
 * Rejects as the role's trust policy, or its absence, has it.
 */
export function executionCredentials(host: Host, name: FunctionName, role: string): Promise<Credentials> {
  const known = sessions.get(host) ?? new Map<string, Promise<Credentials>>()
  sessions.set(host, known)
  const arn = functionArn({ scope: name.scope, name: name.name })
  const key = sessionKey(name, role)
  const before = known.get(key)
  const next = (before ?? Promise.resolve(undefined)).then((session) =>
    session && session.expiresAtMs - freshMs > host.clock.nowMs()
      ? session
      : host.assumeRole(role, {
          service: 'lambda.amazonaws.com',
          sessionName: name.name,
          durationSec: sessionSec,
          sourceArn: arn,
        }),
  )
  if (known.size >= mostSessions && !before) known.delete(known.keys().next().value ?? '')
  known.set(key, next)
  next.catch(() => {
    if (known.get(key) === next) known.delete(key)
  })
  return next
}

function sessionKey(name: FunctionName, role: string): string {
  return `${role} ${functionArn({ scope: name.scope, name: name.name })}`
}

/**
 * Throws InvalidParameterValueException unless the role exists and lets Lambda assume it. Begins a new session: the one
 * that is known may be of a role of the same name that is gone, as after a stack was removed and deployed again.
 */
export async function checkRole(host: Host, name: FunctionName, role: string): Promise<void> {
  sessions.get(host)?.delete(sessionKey(name, role))
  try {
    await executionCredentials(host, name, role)
  } catch (error) {
    if (isAwsError(error)) throw invalid('The role defined for the function cannot be assumed by Lambda.')
    throw error
  }
}

/** What handing the role to Lambda needs. */
export function passRole(role: string) {
  return passingRole(role, 'lambda.amazonaws.com')
}
