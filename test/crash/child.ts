import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const loadScript = fileURLToPath(new URL('load.ts', import.meta.url))

export interface Load {
  readonly child: ChildProcess
  readonly acknowledged: Set<number>
  /** Lines other than acknowledgements. */
  readonly said: string[]
  /** The code or signal that it ended with. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Starts `command` (node, or something that starts node) on the load script, and listens to what it acknowledges. */
export function startLoad(command: readonly string[], onAck: (acknowledged: number) => void = () => {}): Load {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] })
  const acknowledged = new Set<number>()
  const said: string[] = []
  const lines = createInterface({ input: child.stdout! })
  lines.on('line', (line) => {
    const op = /^ack (\d+)$/.exec(line)?.[1]
    if (op === undefined) {
      said.push(line)
      return
    }
    acknowledged.add(Number(op))
    onAck(acknowledged.size)
  })
  const closed = new Promise<void>((resolve) => lines.on('close', resolve))
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('exit', (code, signal) => resolve(code ?? signal!))
  })
  const ended = Promise.all([exited, closed]).then(([how]) => how)
  return { child, acknowledged, said, ended }
}

export const nodeLoad = (path: string, first: number, count: number, callers: number) => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  loadScript,
  path,
  String(first),
  String(count),
  String(callers),
]
