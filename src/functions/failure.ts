import type { Exit } from './exit.ts'

/** A failure of the function, as its caller sees it. */
export interface Failure {
  readonly errorType: string
  readonly errorMessage: string
  readonly document: Uint8Array
}

/** A failure that the platform words itself. */
export function failureOf(errorType: string, errorMessage: string): Failure {
  return { errorType, errorMessage, document: Buffer.from(JSON.stringify({ errorType, errorMessage })) }
}

/** The failure that a program reports; its document goes to the caller as it is. */
export function failureFrom(document: Buffer): Failure {
  const parsed: unknown = parseJson(document)
  const { errorType, errorMessage } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<
    string,
    unknown
  >
  return { errorType: scalar(errorType) ?? 'Unknown', errorMessage: scalar(errorMessage) ?? '', document }
}

/** As text. What a program made up may be of any type, even an object that cannot become text. */
function scalar(value: unknown): string | undefined {
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value)
}

export function parseJson(document: Buffer): unknown {
  try {
    return JSON.parse(document.toString('utf8'))
  } catch {
    // The program's own protocol code was changed from within: all that is known is that it failed.
    return undefined
  }
}

/** How Lambda words the end of a program. */
export function exitMessage(exit: Exit): string {
  if (exit.signal) return `Runtime exited with error: signal: ${signalWords[exit.signal] ?? exit.signal}`
  return exit.code === 0
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: exit status ${exit.code}`
}
const signalWords: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'killed',
  SIGABRT: 'aborted',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
}
