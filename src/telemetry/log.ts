import type { Log } from '../kernel/log.ts'

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** The node's log: one JSON line an event on `write`, from `level` up. */
export function createLog(level: (typeof levels)[number], write: (line: string) => void, nowMs: () => number): Log {
  const least = levels.indexOf(level)
  const at = (name: (typeof levels)[number]) => {
    if (levels.indexOf(name) < least) return () => {}
    return (event: string, fields: Record<string, unknown> = {}) => {
      write(`${JSON.stringify({ time: new Date(nowMs()).toISOString(), level: name, event, ...fields })}\n`)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
