import type { Job, JobCtx } from '../../kernel/delivery.ts'
import type { Credentials, InvokeOptions } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import { deploy } from '../../stacks/deploy.ts'
import { Superseded } from '../../stacks/deployment.ts'
import { answerUrl } from './answer-url.ts'
import { detectDrift } from './drift-detection.ts'
import { forget } from './forget.ts'
import { generate } from './generator/generate-job.ts'
import { expireScan, scanResources } from './generator/scan-job.ts'
import { openLedger } from './ledger.ts'
import { findResourceType } from './resource-type.ts'
import { forgetSet } from './stack-sets/forget-set.ts'
import { runOperation } from './stack-sets/run.ts'
import type { StoredDeployment } from './state.ts'

const retry = { attempts: 1_000_000, minMs: 100, maxMs: 30_000 }
const roleSessionSec = 3_600
const calledVia = 'cloudformation.amazonaws.com'

/** Runs a stack's deployment to its end, wherever it was. */
const apply = {
  retry,
  async run({ uuid }: { uuid: string }, { host, scope, signal }: JobCtx) {
    try {
      const { ledger, of, deployment } = await openLedger(host, scope, uuid)
      const principal = actingAs(deployment, host, of.name)
      await deploy(
        {
          stack: { ...scope, stackId: of.id, stackName: of.name },
          baseUrl: host.endpoint,
          signal,
          nowMs: () => host.clock.nowMs(),
          newId: () => host.ids.uuid(),
          until: (atMs, until) => host.clock.until(atMs, until),
          records: host.records,
          answerUrl: (subject) => answerUrl(host, { ...scope, stack: uuid, ...subject }),
          resourceType: (name) => findResourceType(host, name),
          unexpected(logicalId, error) {
            const stack = error instanceof Error ? error.stack : String(error)
            host.log.error('a resource failed unexpectedly', { stackId: of.id, logicalId, error: stack })
          },
          async invoke(operation, input, { within, ...options }) {
            const joins = within !== undefined && (await host.operationKind(operation)) === 'write'
            const full: InvokeOptions = {
              as: await principal(),
              scope,
              signal,
              context: {
                'aws:CalledVia': [calledVia],
                'aws:CalledViaFirst': calledVia,
                'aws:CalledViaLast': calledVia,
              },
              ...options,
              ...(joins ? { within } : {}),
            }
            return host.invoke(operation, input, full)
          },
        },
        ledger,
      )
    } catch (error) {
      if (!(error instanceof Superseded)) throw error
    }
  },
} satisfies Job<{ uuid: string }>

/** Background work of stacks. */
export const jobs = {
  apply,

  /** The same for nested stacks and those of stack sets: who waits for them holds a place that they would need. */
  applyNested: { ...apply, concurrency: 100_000 } satisfies Job<{ uuid: string }>,

  /** Carries out an operation of a stack set, which waits for its stacks. */
  runStackSetOperation: { retry, run: runOperation, concurrency: 100_000 } satisfies Job<{
    uuid: string
    operation: string
  }>,

  /** Removes what is known of a stack set that was deleted long ago. */
  forgetStackSet: { retry, run: forgetSet } satisfies Job<{ uuid: string }>,

  /** Looks for what has changed behind a stack's back. */
  detectDrift: { retry, run: detectDrift } satisfies Job<{ uuid: string; startedAtMs: number; id: string }>,

  /** Looks for what there is. */
  scanResources: { retry, run: scanResources } satisfies Job<{ id: string }>,

  /** Makes a template of what there is. */
  generateTemplate: { retry, run: generate } satisfies Job<{ uuid: string }>,

  /** Forgets what a scan has found. */
  expireScan: { retry, run: expireScan } satisfies Job<{ id: string }>,

  /** Removes what is known of a stack that was deleted long ago. */
  forget: { retry, run: forget } satisfies Job<{ uuid: string }>,
}

/** The stack's role, assumed anew before its credentials end, else whoever asked for the deployment. */
function actingAs(
  { principal, roleArn }: StoredDeployment,
  host: JobCtx['host'],
  stackName: string,
): () => Promise<Principal> {
  if (roleArn === undefined) return async () => principal
  let current: Promise<Credentials> | undefined
  let expiresAtMs = 0
  return async () => {
    if (!current || expiresAtMs - 60_000 < host.clock.nowMs()) {
      current = host.assumeRole(roleArn, {
        service: calledVia,
        sessionName: `landfall-${stackName}`.slice(0, 64),
        durationSec: roleSessionSec,
      })
      expiresAtMs = Number.POSITIVE_INFINITY
      try {
        expiresAtMs = (await current).expiresAtMs
      } catch (error) {
        current = undefined
        throw error
      }
    }
    return (await current).principal
  }
}
