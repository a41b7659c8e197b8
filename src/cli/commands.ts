import type { Command } from './command.ts'

/** The commands in the order of the help, each loaded when it is used. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).start,
  dev: async () => (await import('./commands/dev.ts')).dev,
  deploy: async () => (await import('./commands/deploy.ts')).deploy,
  remove: async () => (await import('./commands/remove.ts')).remove,
  info: async () => (await import('./commands/info.ts')).info,
  invoke: async () => (await import('./commands/invoke.ts')).invoke,
  invocations: async () => (await import('./commands/invocations.ts')).invocations,
  replay: async () => (await import('./commands/replay.ts')).replay,
  logs: async () => (await import('./commands/logs.ts')).logs,
  cost: async () => (await import('./commands/cost.ts')).cost,
  deliveries: async () => (await import('./commands/deliveries.ts')).deliveries,
  outbox: async () => (await import('./commands/outbox.ts')).outbox,
  clock: async () => (await import('./commands/clock.ts')).clock,
  faults: async () => (await import('./commands/faults.ts')).faults,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  runtimes: async () => (await import('./commands/runtimes.ts')).runtimes,
  env: async () => (await import('./commands/env.ts')).env,
}
