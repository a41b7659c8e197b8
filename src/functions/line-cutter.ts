/**
 * Cuts text into lines as it comes, whatever the pieces: no character is cut but where a line is longer than `maxBytes`,
 * which goes on as another.
 */
export function lineCutter(
  maxBytes: number,
  onLine: (line: string) => void,
): { push(chunk: Buffer): void; end(): void } {
  let rest: Buffer = Buffer.alloc(0)
  const emit = (line: Buffer) => {
    let at = 0
    do {
      onLine(line.toString('utf8', at, at + maxBytes))
      at += maxBytes
    } while (at < line.length)
  }
  return {
    push(chunk) {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10)) {
        emit(data.subarray(0, end))
        data = data.subarray(end + 1)
      }
      for (; data.length > maxBytes; data = data.subarray(maxBytes)) onLine(data.toString('utf8', 0, maxBytes))
      rest = data
    },
    end() {
      if (rest.length > 0) emit(rest)
    },
  }
}
