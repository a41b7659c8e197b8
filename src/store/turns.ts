import { keyFromText, keyText } from './key-text.ts'
import { isCleared } from './scan.ts'
import type { Attempt } from './transaction.ts'

/**
 * Transactions that lost run again one after the other, in the order in which they lost. While one has its turn, commits
 * that would make it lose again wait for it: so a hot key is shared fairly, and a scan of a busy range ends.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #current: { attempt: Attempt; over: Promise<void>; end: () => void } | undefined

  /** Runs `fn` when those who lost before have finished. */
  async wait<T>(fn: () => Promise<T>): Promise<T> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    try {
      return await fn()
    } finally {
      resolve()
    }
  }

  begin(attempt: Attempt): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#current = { attempt, over: promise, end: resolve }
  }

  end(): void {
    this.#current?.end()
    this.#current = undefined
  }

  /** What a commit has to wait for first, if it would change what the one whose turn it is has read. */
  before(attempt: Attempt): Promise<void> | undefined {
    const current = this.#current
    if (!current || current.attempt === attempt) return undefined
    return changes(attempt, current.attempt) ? current.over : undefined
  }
}

function changes(writer: Attempt, reader: Attempt): boolean {
  const { reads, ranges } = reader
  if (reads.size === 0 && ranges.length === 0) return false
  for (const key of writer.writes.keys()) if (reads.has(key) || isCleared(ranges, key)) return true
  for (const { gte, lt } of writer.clears) {
    for (const range of ranges) if (range.gte < lt && gte < range.lt) return true
    for (const key of reads) if (key >= gte && key < lt) return true
  }
  for (const { prefix } of writer.appends) {
    const from = keyText(prefix)
    // Where the position will fall is not known yet: anywhere after the prefix.
    const to = keyText(Buffer.concat([keyFromText(from), Buffer.alloc(13, 0xff)]))
    for (const range of ranges) if (range.gte < to && from < range.lt) return true
  }
  return false
}
