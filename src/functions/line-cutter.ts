/** Cuts text into lines as it comes. One that is longer than `maxBytes` is cut there, and what follows it dropped. */
export function lineCutter(
  maxBytes: number,
  onLine: (line: string) => void,
): { push(chunk: Buffer): void; end(): void } {
  let rest = ''
  return {
    push(chunk) {
      const lines = (rest + chunk.toString('utf8')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
      if (rest.length > maxBytes) {
        onLine(rest.slice(0, maxBytes))
        rest = ''
      }
    },
    end() {
      if (rest) onLine(rest)
    },
  }
}
