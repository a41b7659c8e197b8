import type { Log } from '../kernel/log.ts'
import type { LaunchPlan } from './launch-plan.ts'
import type { Launcher } from './launcher.ts'
import { type InstanceProcess, startProcess } from './process.ts'

/** Started processes that belong to no function yet, so that a cold start is the loading of its code and no more. */
export interface Pool extends AsyncDisposable {
  /** A process that waits for its function: a spare one if there is, and then another is started in its place. */
  take(plan: LaunchPlan): Promise<InstanceProcess>
  /** Keeps one ready. */
  warm(plan: LaunchPlan): void
}

const replaceAfterMs = 100

/** Starts a process and waits until it can become a function's. */
export async function startReady(plan: LaunchPlan, launcher: Launcher): Promise<InstanceProcess> {
  const process = await startProcess(plan, launcher)
  try {
    await process.ready
    return process
  } catch (error) {
    await process.end()
    throw error
  }
}

/** `plans`: how many kinds of process are kept ready, the last used ones. One of each: the next is started as one is taken. */
export function createPool(launcher: Launcher, options: { plans: number; log: Log; isShort(): boolean }): Pool {
  const spares = new Map<string, Promise<InstanceProcess>>()
  const timers = new Set<NodeJS.Timeout>()
  let closed = false

  const start = (plan: LaunchPlan) => startReady(plan, launcher)
  const drop = (key: string) => {
    const spare = spares.get(key)
    spares.delete(key)
    return spare?.then(
      (process) => process.end(),
      () => undefined,
    )
  }
  const warm = (plan: LaunchPlan) => {
    if (closed || spares.has(plan.key) || options.isShort()) return
    const spare = start(plan)
    spares.set(plan.key, spare)
    spare.then(
      (process) => {
        // One that ends while it waits is no spare.
        void process.exited.then(() => {
          if (spares.get(plan.key) === spare) spares.delete(plan.key)
          return process.end()
        })
      },
      (error: Error) => {
        if (spares.get(plan.key) === spare) spares.delete(plan.key)
        options.log.warn('functions.spare-not-started', { error: error.message })
      },
    )
    const [oldest] = spares.keys()
    if (spares.size > options.plans && oldest !== undefined) void drop(oldest)
  }

  return {
    async take(plan) {
      const spare = spares.get(plan.key)
      spares.delete(plan.key)
      try {
        return await (spare?.catch(() => start(plan)) ?? start(plan))
      } finally {
        // Not at once: the one just taken is about to load its code, and someone waits for that.
        const timer = setTimeout(() => {
          timers.delete(timer)
          warm(plan)
        }, replaceAfterMs)
        timers.add(timer)
      }
    },
    warm,
    async [Symbol.asyncDispose]() {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([...spares.keys()].map(drop))
    },
  }
}
