import { spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** What a process did to one file and what it said, in the order in which it happened. */
export type Event =
  | { readonly kind: 'write'; readonly offset: number; readonly data: Buffer; readonly synced: boolean }
  /** `covers` is how many events had happened when it began: only the writes among them are surely durable. */
  | { readonly kind: 'sync'; readonly covers: number }
  | { readonly kind: 'said'; readonly text: string }

/** Whether this host has strace and lets us use it. */
export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

const calls =
  'openat,close,write,pwrite64,writev,pwritev,lseek,fdatasync,fsync,sync_file_range,msync,ftruncate,fallocate'

/** The command that runs another and records what it writes. */
export const tracing = (log: string, command: readonly string[]) => [
  ...['strace', '-f', '-xx', '-s', '10000000', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', log],
  ...command,
]

interface Descriptor {
  readonly synced: boolean
  offset: number
}

/** Reads a recording. Throws on calls to the file that it does not understand, rather than leave them out. */
export async function readTrace(log: string, file: string): Promise<Event[]> {
  const events: Event[] = []
  const descriptors = new Map<string, Descriptor>()
  /** Calls that have begun, by thread: their text so far, and how many events there had been. */
  const begun = new Map<string, { text: string; events: number }>()

  for await (const line of createInterface({ input: createReadStream(log) })) {
    const [, thread, text] = /^(\d+) +(.*)$/.exec(line)!
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text!)
    if (text!.endsWith('<unfinished ...>')) {
      begun.set(thread!, { text: text!.slice(0, -'<unfinished ...>'.length), events: events.length })
      continue
    }
    const start = resumed ? begun.get(thread!)! : { text: '', events: events.length }
    const call = /^(\w+)\((.*)\) += (-?\d+)/s.exec(start.text + (resumed ? resumed[1] : text))
    if (call) record(call[1]!, call[2]!, Number(call[3]), start.events)
  }
  return events

  function record(name: string, args: string, result: number, covers: number): void {
    if (result < 0) return
    const [fd] = /^-?\w+/.exec(args) ?? ['']
    if (name === 'openat') {
      const path = decoded(args)
      if (path.toString() === file) descriptors.set(String(result), { synced: /O_D?SYNC/.test(args), offset: 0 })
      return
    }
    if (name === 'write' && fd === '1') events.push({ kind: 'said', text: decoded(args).toString() })
    const descriptor = descriptors.get(fd!)
    if (!descriptor) return
    if (name === 'close') descriptors.delete(fd!)
    else if (name === 'lseek') descriptor.offset = result
    else if (name === 'fdatasync' || name === 'fsync') events.push({ kind: 'sync', covers })
    else if (name === 'pwrite64' || name === 'pwritev') write(descriptor, Number(/(\d+) *$/.exec(args)![1]))
    else if (name === 'write' || name === 'writev') {
      write(descriptor, descriptor.offset)
      descriptor.offset += result
    } else throw new Error(`The store's file was changed by ${name}, which this recording does not follow.`)

    function write({ synced }: Descriptor, offset: number): void {
      events.push({ kind: 'write', offset, data: decoded(args).subarray(0, result), synced })
    }
  }
}

/** All strings in the arguments of a call, one after the other. */
function decoded(args: string): Buffer {
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text]) => text!)
  return Buffer.from(strings.join('').replaceAll('\\x', ''), 'hex')
}
