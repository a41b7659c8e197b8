import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Tx } from '../../kernel/records.ts'
import { secretArn } from './find.ts'
import { rotator } from './rotation.ts'
import { beginRotation, dropTest, pending, planRotation, unfinishedOf } from './rotation-plan.ts'
import { type Rotation, type Secret, secret, version } from './state.ts'
import { current, store } from './versions.ts'

interface Rotating {
  readonly name: string
  /** Of the secret that it began for: another one may have its name since. */
  readonly suffix: string
  readonly versionId: string
}

type Running = Secret & { readonly rotation: Rotation & { readonly running: NonNullable<Rotation['running']> } }

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/**
 * Calls the secret's function for each step, with the same token. When a step fails, or the last has not made the version
 * current, all of it is tried again, as the real service does a few times: functions are written to bear that.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export const rotate: Job<Rotating> = {
  retry: { attempts: 5, minMs: 1_000, maxMs: 60_000 },
  async run(rotating, { host, scope, signal }: JobCtx) {
    const begun = await host.records.write(scope, async (tx) => {
      const found = await underWay(tx, rotating)
      if (found?.rotation.running.test) await copyCurrent(tx, found, rotating.versionId)
      return found
    })
    if (!begun) return
    for (const Step of begun.rotation.running.test ? (['testSecret'] as const) : steps) {
      // It may be cancelled, or the secret deleted, between two steps.
      const found = await host.records.read(scope, (tx) => underWay(tx, rotating))
      if (!found) return
      const SecretId = secretArn(scope, found)
      const target = await host.functionTarget(found.rotation.lambdaArn)
      const payload = Buffer.from(JSON.stringify({ Step, SecretId, ClientRequestToken: rotating.versionId }))
      const answer = await target.call(payload, { principal: rotator, sourceArn: SecretId, signal })
      if (answer.error !== undefined) throw new Error(`the function failed in ${Step} (request ${answer.requestId})`)
    }
    await host.records.write(scope, async (tx) => {
      const found = await underWay(tx, rotating)
      if (!found) return
      if (found.rotation.running.test) return store(tx, { secret: found, scope }, dropTest(tx, found))
      if (found.stages[current] !== rotating.versionId) {
        throw new Error('the function has ended finishSecret, and the new version is not current')
      }
      const nowMs = host.clock.nowMs()
      const rotation = { ...found.rotation, running: undefined, lastRotatedAtMs: nowMs, renewedAtMs: nowMs }
      // Else what is put by hand one day would leave it behind, as if a rotation had not come to its end.
      const { [pending]: _, ...stages } = found.stages
      const next = planRotation(tx, { ...found, stages, rotation, changedAtMs: nowMs }, nowMs, host)
      store(tx, { secret: found, scope }, next)
    })
  },
  async exhausted(tx, rotating, error, { host, scope }) {
    host.log.warn('secretsmanager.rotation-failed', { secret: rotating.name, error: error.message })
    const found = await underWay(tx, rotating)
    if (!found) return
    if (found.rotation.running.test) return store(tx, { secret: found, scope }, dropTest(tx, found))
    // The version stays pending: whoever rotates next goes on with it.
    const failed = { ...found, rotation: { ...found.rotation, running: undefined } }
    store(tx, { secret: found, scope }, planRotation(tx, failed, host.clock.nowMs(), host))
  },
  target: ({ name }) => name,
}

/** A window of a secret has opened: its rotation begins, with the version of one that did not come to its end. */
export const rotateByRules: Job<{ name: string; suffix: string }> = {
  retry: { attempts: 1_000_000, minMs: 1_000, maxMs: 60_000 },
  async run({ name, suffix }, { host, scope }) {
    await host.records.write(scope, async (tx) => {
      const found = await tx.get(secret(name))
      const { rotation, deletedAtMs } = found ?? {}
      if (!found || found.suffix !== suffix || deletedAtMs !== undefined) return
      // While one is under way the next window is planned at its end.
      if (!rotation?.enabled || !rotation.window || rotation.running) return
      if (rotation.window.opensAtMs > host.clock.nowMs()) return
      const versionId = unfinishedOf(found) ?? host.ids.uuid()
      store(tx, { secret: found, scope }, beginRotation(tx, found, versionId, host))
    })
  },
}

async function underWay(tx: Pick<Tx, 'get'>, { name, suffix, versionId }: Rotating): Promise<Running | undefined> {
  const found = await tx.get(secret(name))
  if (found?.suffix !== suffix || found.deletedAtMs !== undefined) return undefined
  const { rotation } = found
  if (rotation?.running?.versionId !== versionId) return undefined
  return { ...found, rotation: { ...rotation, running: rotation.running } }
}

/** What is tried out is tried with the value that there is. */
async function copyCurrent(tx: Tx, { name, stages }: Secret, versionId: string): Promise<void> {
  const id = stages[current]
  const value = id === undefined ? undefined : await tx.get(version(name, id))
  if (value) tx.set(version(name, versionId), value)
}
