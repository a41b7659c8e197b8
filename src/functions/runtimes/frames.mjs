// Frames between the node and a program in an instance, on the program's side: ../frames.ts says what they are.
import { closeSync, fstatSync, writeSync } from 'node:fs'

export const type = {
  init: 1,
  invoke: 2,
  shutdown: 3,
  report: 4,
  ready: 10,
  initialised: 11,
  initFailed: 12,
  result: 13,
  failure: 14,
  crash: 15,
  quietResult: 16,
  quietFailure: 17,
  streamStart: 18,
  streamChunk: 19,
  line: 20,
  drained: 21,
  inspector: 22,
  compiled: 23,
  settled: 24,
}
export const maxChunkBytes = 65_536
export const empty = Buffer.alloc(0)

export function encode(kind, id, payload = empty) {
  const head = Buffer.allocUnsafe(9)
  head.writeUInt32BE(payload.length + 5, 0)
  head.writeUInt8(kind, 4)
  head.writeUInt32BE(id, 5)
  return payload.length < 65_536 ? [Buffer.concat([head, payload])] : [head, payload]
}

/** Cuts a stream of bytes into frames. */
export function frameReader(onFrame) {
  let pieces = []
  let piecesBytes = 0
  let needed = 4
  return (chunk) => {
    pieces.push(chunk)
    piecesBytes += chunk.length
    if (piecesBytes < needed) return
    let data = pieces.length === 1 ? chunk : Buffer.concat(pieces, piecesBytes)
    needed = 4
    while (data.length >= 4) {
      needed = data.readUInt32BE(0) + 4
      if (data.length < needed) break
      const one = { kind: data.readUInt8(4), id: data.readUInt32BE(5), payload: data.subarray(9, needed) }
      data = data.subarray(needed)
      needed = 4
      onFrame(one)
    }
    pieces = data.length > 0 ? [data] : []
    piecesBytes = data.length
  }
}

/** Writes all of it before returning: what the node does not take yet holds the program up. */
export function writeAll(fd, parts) {
  for (const part of parts) {
    for (let at = 0; at < part.length; ) at += writeSync(fd, part, at)
  }
}

/** Closes what the node itself had inherited, and so handed on: `[fd, dev, ino]` each. */
export function closeInherited(list) {
  for (const [fd, dev, ino] of list) {
    try {
      const at = fstatSync(fd)
      if (at.dev === dev && at.ino === ino) closeSync(fd)
    } catch {
      // The node has closed it since, and the number is free.
    }
  }
}
