import { constants } from 'node:os'

/** How a program ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** True when it had not read what was sent to it last: whatever that was, the program has done nothing for it. */
  readonly unread?: boolean
}

/** A program ended before it waited for its function. */
export class NotStarted extends Error {
  readonly exit: Exit
  /** The first lines of what it printed. */
  readonly said: readonly string[]

  constructor(exit: Exit, said: readonly string[]) {
    super(`it did not start (${exit.signal ?? exit.code}): ${said.join(' ')}`)
    this.exit = exit
    this.said = said
  }
}

/** How a program in a sandbox ended, of which its watcher tells one number. An exit code of the same number is taken for the signal. */
export function withinSandbox(code: number | null, signal: NodeJS.Signals | null): Exit {
  const number = (code ?? 0) - 128
  const name = endings.find((one) => constants.signals[one] === number)
  return name ? { code: null, signal: name } : { code, signal }
}

/** What ends programs that did not choose to: 129 and 130 are exit codes of the runtimes. */
const endings = ['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS', 'SIGTERM'] as const
