// What the processes of an instance print: whole lines as they come, to the node and to who else wants to see them.
import { empty, encode, type, writeAll } from './frames.mjs'

const maxLineBytes = 262_144
const outputFd = 4

/** `onLine(kind, bytes)` sees every line; `kind` is `function` or `extension`. */
export function createOutput(onLine) {
  /** The id of the last invocation: what is printed belongs to it. */
  let currentId = 0
  let bytesSeen = 0
  const partials = []

  const line = (kind, bytes) => {
    const kept = bytes.subarray(0, maxLineBytes)
    writeAll(outputFd, encode(type.line, currentId, kept))
    onLine(kind, kept)
  }

  return {
    line,
    begin(id) {
      currentId = id
    },
    /** A line of the platform's own. */
    platform(text) {
      writeAll(outputFd, encode(type.line, currentId, Buffer.from(text)))
    },
    /** Lines of a stream; a last piece without its line end when the output is drained. */
    capture(kind, stream) {
      const partial = { kind, rest: empty }
      partials.push(partial)
      stream.on('data', (chunk) => {
        bytesSeen += chunk.length
        let rest = partial.rest.length > 0 ? Buffer.concat([partial.rest, chunk]) : chunk
        for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
          line(kind, rest.subarray(0, end))
          rest = rest.subarray(end + 1)
        }
        if (rest.length > maxLineBytes) {
          line(kind, rest)
          rest = empty
        }
        partial.rest = rest
      })
      stream.on('error', () => undefined)
    },
    /** Resolves when all that was printed by now is on its way: what is in the pipes is read turn by turn. */
    async drain(id) {
      for (let before = -1; before !== bytesSeen; ) {
        before = bytesSeen
        for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve))
      }
      for (const partial of partials) {
        if (partial.rest.length > 0) line(partial.kind, partial.rest)
        partial.rest = empty
      }
      writeAll(outputFd, encode(type.drained, id))
    },
  }
}
