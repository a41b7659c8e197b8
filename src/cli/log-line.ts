import type { LogEvent } from './log-tail.ts'
import type { Terminal } from './terminal.ts'

/** One event as a line: time, function, message; START, END and REPORT lines stand back. */
export function logLine(terminal: Terminal, { atMs, message, group }: LogEvent, withGroup: boolean): string {
  const time = new Date(atMs).toISOString().slice(11, 23)
  const name = withGroup ? `${terminal.style('magenta', group.replace('/aws/lambda/', ''))} ` : ''
  const text = message.trimEnd()
  const style = /^(START|END|REPORT|INIT_START) /.test(text) ? 'gray' : /\bERROR\b/.test(text) ? 'red' : undefined
  return `${terminal.style('gray', time)} ${name}${style ? terminal.style(style, text) : text}`
}
