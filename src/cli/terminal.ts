import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Where a command writes. Answers go to `out`, everything said on the way to `err`. */
export interface Terminal {
  /** True when answers are to be JSON. */
  readonly json: boolean
  out(text: string): void
  err(text: string): void
  /** The answer: as JSON with `--json`, else as `text` says it; nothing where that is empty. */
  answer(value: unknown, text: () => string): void
  /** Coloured on a terminal that wants it, plain elsewhere. */
  style(style: Style, text: string): string
  /** Shows that something is going on: a moving line on a terminal, one plain line elsewhere. Call the result to end it. */
  progress(text: string): (done?: string) => void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export interface TerminalStreams {
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean }
}

export function createTerminal({ stdout, stderr }: TerminalStreams, json: boolean): Terminal {
  const moves = stderr.isTTY === true && !json
  const terminal: Terminal = {
    json,
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    answer(value, text) {
      const answer = json ? JSON.stringify(value) : text()
      if (answer !== '') terminal.out(answer)
    },
    style(style, text) {
      // styleText leaves colours out for a stream that is no terminal, and under NO_COLOR.
      return json ? text : styleText(style, text, { stream: stdout, validateStream: true })
    },
    progress(text) {
      if (!moves) {
        terminal.err(text)
        return (done) => done !== undefined && terminal.err(done)
      }
      let frame = 0
      const draw = () => stderr.write(`\r\u001b[K${frames[frame++ % frames.length]} ${text}`)
      draw()
      const timer = setInterval(draw, 80)
      return (done) => {
        clearInterval(timer)
        stderr.write(`\r\u001b[K${done === undefined ? '' : `${done}\n`}`)
      }
    },
  }
  return terminal
}
