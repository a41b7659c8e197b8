/** Something with a place in key order. Keys are bytes as latin-1 text, whose order in JavaScript is that of the bytes. */
export interface Keyed {
  readonly key: string
}

/** Entries a block holds before it is split: small enough to shift cheaply, large enough to keep the list of blocks short. */
const blockLength = 128

/**
 * Keys in order, for the few thousand entries between two flushes. What is added is only sorted in when somebody asks for
 * an order, so that a load of blind writes, added and dropped without a range being read, costs no sorting.
 */
export class SortedKeys<T extends Keyed> {
  #blocks: T[][] = []
  #unsorted = new Set<T>()

  add(item: T): void {
    this.#unsorted.add(item)
  }

  remove(item: T): void {
    if (this.#unsorted.delete(item)) return
    const b = this.#blockOf(item.key)
    const block = this.#blocks[b]
    if (!block) return
    const i = lowerBound(block, item.key)
    if (block[i] !== item) return
    if (block.length === 1) this.#blocks.splice(b, 1)
    else block.splice(i, 1)
  }

  /** Those with gte <= key < lt, in order. Nothing may be added or removed while it runs. */
  *range(gte: string, lt: string): Generator<T, void> {
    this.#sort()
    for (let b = this.#blockOf(gte); b < this.#blocks.length; b++) {
      const block = this.#blocks[b]!
      for (let i = block[0]!.key < gte ? lowerBound(block, gte) : 0; i < block.length; i++) {
        const item = block[i]!
        if (item.key >= lt) return
        yield item
      }
    }
  }

  /** Those with gte <= key < lt, last first. */
  *reverse(gte: string, lt: string): Generator<T, void> {
    this.#sort()
    for (let b = Math.min(this.#blockOf(lt), this.#blocks.length - 1); b >= 0; b--) {
      const block = this.#blocks[b]!
      for (let i = (block.at(-1)!.key < lt ? block.length : lowerBound(block, lt)) - 1; i >= 0; i--) {
        const item = block[i]!
        if (item.key < gte) return
        yield item
      }
    }
  }

  #sort(): void {
    if (this.#unsorted.size === 0) return
    const added = this.#unsorted
    this.#unsorted = new Set()
    if (added.size > 512) {
      // Many at once: one sort of everything is cheaper than as many insertions.
      const all = [...this.#blocks.flat(), ...added].sort((a, b) => (a.key < b.key ? -1 : 1))
      this.#blocks = []
      for (let i = 0; i < all.length; i += blockLength / 2) this.#blocks.push(all.slice(i, i + blockLength / 2))
      return
    }
    for (const item of added) this.#insert(item)
  }

  #insert(item: T): void {
    if (this.#blocks.length === 0) {
      this.#blocks.push([item])
      return
    }
    const b = Math.min(this.#blockOf(item.key), this.#blocks.length - 1)
    const block = this.#blocks[b]!
    block.splice(lowerBound(block, item.key), 0, item)
    if (block.length > blockLength) this.#blocks.splice(b + 1, 0, block.splice(blockLength / 2))
  }

  /** The first block whose last key is not below `key`; the number of blocks when there is none. */
  #blockOf(key: string): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const block = this.#blocks[middle]!
      if (block[block.length - 1]!.key < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The index of the first item whose key is not below `key`. */
export function lowerBound(items: readonly Keyed[], key: string): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (items[middle]!.key < key) low = middle + 1
    else high = middle
  }
  return low
}
