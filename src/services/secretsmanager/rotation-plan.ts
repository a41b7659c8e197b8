import type { Host } from '../../kernel/host.ts'
import type { Tx } from '../../kernel/records.ts'
import { nextWindow } from './rotation-window.ts'
import { type Secret, version } from './state.ts'
import { current } from './versions.ts'

export const pending = 'AWSPENDING'

type Planner = Pick<Host, 'deliveries'>

/** The version that was to become current and has not: of a rotation that did not come to its end. */
export function unfinishedOf({ stages }: Secret): string | undefined {
  return stages[pending] === stages[current] ? undefined : stages[pending]
}

/**
 * Has the next window after `nowMs` waited for, if the secret is to be rotated; answers the secret with that window. It
 * is rotated when the window opens.
 */
export function planRotation(tx: Tx, secret: Secret, nowMs: number, { deliveries }: Planner): Secret {
  const { rotation, name } = secret
  if (!rotation) return secret
  const { rules, enabled, ruledAtMs, renewedAtMs = ruledAtMs } = rotation
  const fromMs = rules?.AutomaticallyAfterDays === undefined ? ruledAtMs : Math.max(renewedAtMs, ruledAtMs)
  const window = enabled && rules ? nextWindow(rules, fromMs, nowMs) : undefined
  if (window) {
    const data = { name, suffix: secret.suffix }
    const dueAtMs = window.opensAtMs
    deliveries.schedule(tx, { kind: 'secretsmanager:rotateByRules', scope: tx.scope, key: name, data, dueAtMs })
  } else {
    deliveries.cancel(tx, 'secretsmanager:rotateByRules', tx.scope, name)
  }
  return { ...secret, rotation: { ...rotation, window } }
}

/** Plans anew where a value was set by hand, which counts as a rotation for rules that go by days. */
export function replanRenewed(tx: Tx, before: Secret, next: Secret, nowMs: number, planner: Planner): Secret {
  const { rotation, stages } = next
  if (!rotation?.enabled || rotation.running || stages[current] === before.stages[current]) return next
  return planRotation(tx, { ...next, rotation: { ...rotation, renewedAtMs: nowMs } }, nowMs, planner)
}

/** The secret with a rotation under way to this version, which is pending from here on and has no value yet. */
export function beginRotation(
  tx: Tx,
  secret: Secret,
  versionId: string,
  { deliveries }: Planner,
  { test = false } = {},
): Secret {
  const { name, suffix, rotation, stages } = secret
  if (!rotation) return secret
  const data = { name, suffix, versionId }
  deliveries.schedule(tx, { kind: 'secretsmanager:rotate', scope: tx.scope, key: name, data })
  return {
    ...secret,
    stages: { ...stages, [pending]: versionId },
    rotation: { ...rotation, running: { versionId, test } },
  }
}

/** The secret without the version with which its function was tried out. */
export function dropTest(tx: Tx, secret: Secret): Secret {
  const { name, rotation } = secret
  if (!rotation?.running?.test) return secret
  const { [pending]: _, ...stages } = secret.stages
  tx.delete(version(name, rotation.running.versionId))
  return { ...secret, stages, rotation: { ...rotation, running: undefined } }
}

/** What waits of a secret's rotations is done no more. Answers the secret without what is under way, and its window. */
export function endRotations(tx: Tx, secret: Secret, { deliveries }: Planner): Secret {
  deliveries.cancel(tx, 'secretsmanager:rotateByRules', tx.scope, secret.name)
  deliveries.cancel(tx, 'secretsmanager:rotate', tx.scope, secret.name)
  // A version to try the function out with is nobody's to go on with.
  const { rotation, ...rest } = dropTest(tx, secret)
  return { ...rest, rotation: rotation && { ...rotation, running: undefined, window: undefined } }
}
