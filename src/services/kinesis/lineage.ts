import { decimalOfHex, hexOfKey } from './hash-keys.ts'
import type { OpenShard, Shard } from './state.ts'

/** The open shards of a stream while they are split and merged, and what has to be written of it. */
export class Lineage {
  readonly changed = new Map<number, Shard>()
  open: Shard[]
  nextShard: number
  readonly #nowMs: number

  constructor(open: readonly Shard[], nextShard: number, nowMs: number) {
    this.open = [...open]
    this.nextShard = nextShard
    this.#nowMs = nowMs
  }

  /** Makes two of one: the second begins with `key`. */
  split(parent: Shard, key: bigint): void {
    const born = { parent: parent.number }
    const lower = this.#make({ ...born, firstHash: parent.firstHash, lastHash: hexOfKey(key - 1n) }, [parent])
    const upper = this.#make({ ...born, firstHash: hexOfKey(key), lastHash: parent.lastHash }, [parent])
    this.#replace([parent], [lower, upper])
  }

  /** Makes one of two whose hash keys adjoin. */
  merge(one: Shard, other: Shard): void {
    const [lower, upper] = one.firstHash < other.firstHash ? [one, other] : [other, one]
    const ends = { firstHash: lower.firstHash, lastHash: upper.lastHash }
    const child = this.#make({ ...ends, parent: one.number, adjacentParent: other.number }, [one, other])
    this.#replace([one, other], [child])
  }

  #make(of: Pick<Shard, 'firstHash' | 'lastHash' | 'parent' | 'adjacentParent'>, parents: readonly OpenShard[]): Shard {
    const number = this.nextShard++
    // A second later at least, so that its sequence numbers are greater than those of its parents.
    const createdSec = Math.max(Math.floor(this.#nowMs / 1_000), ...parents.map((one) => one.createdSec + 1))
    return { ...of, number, createdSec, createdAtMs: this.#nowMs }
  }

  #replace(parents: readonly Shard[], children: readonly Shard[]): void {
    const closed = { closedAtMs: this.#nowMs, children: children.map(({ number }) => number) }
    for (const parent of parents) this.changed.set(parent.number, { ...parent, ...closed })
    for (const child of children) this.changed.set(child.number, child)
    const left = this.open.filter((one) => !parents.some(({ number }) => number === one.number))
    this.open = [...left, ...children].sort((a, b) => (a.firstHash < b.firstHash ? -1 : 1))
  }
}

/** Whether the hash keys of two shards adjoin. */
export function adjoin(one: OpenShard, other: OpenShard): boolean {
  const follows = (a: OpenShard, b: OpenShard) => BigInt(`0x${a.lastHash}`) + 1n === BigInt(`0x${b.firstHash}`)
  return follows(one, other) || follows(other, one)
}

/**
 * Splits and merges until a shard begins at each of `starts` and nowhere else, as the service scales: by ordinary splits
 * and merges, whose shards between are closed again at once.
 */
export function reshape(lineage: Lineage, starts: readonly bigint[]): void {
  for (const start of starts) {
    const first = hexOfKey(start)
    const over = lineage.open.find((one) => one.firstHash < first && first <= one.lastHash)
    if (over) lineage.split(over, start)
  }
  const wanted = new Set(starts.map(hexOfKey))
  for (;;) {
    const at = lineage.open.findIndex(({ firstHash }) => !wanted.has(firstHash))
    if (at < 0) return
    lineage.merge(lineage.open[at - 1]!, lineage.open[at]!)
  }
}

export const hashRange = ({ firstHash, lastHash }: OpenShard) => ({
  StartingHashKey: decimalOfHex(firstHash),
  EndingHashKey: decimalOfHex(lastHash),
})
