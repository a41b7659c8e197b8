import { Recent } from './recent.ts'
import { SortedKeys } from './sorted-keys.ts'

/** One committed value of a key; `undefined` says that the key was deleted. */
export interface Version {
  readonly version: number
  readonly value: Uint8Array | undefined
  readonly slot: Slot
  older: Version | undefined
  newer: Version | undefined
}

/** A key with its versions that are not known to be in every snapshot of the base, newest first. */
export interface Slot {
  readonly key: string
  readonly bytes: Uint8Array
  newest: Version | undefined
  /** Whether it was in `Recent` before it was written: it goes back there when it leaves the overlay. */
  readonly hot: boolean
}

/** What was committed and may not be in the base yet: the newest state of the store is the overlay over the base. */
export class Overlay {
  readonly #slots = new Map<string, Slot>()
  readonly #sorted = new SortedKeys<Slot>()
  /** Of the base, for keys that are not in here. */
  readonly recent = new Recent()

  get size(): number {
    return this.#slots.size
  }

  slot(key: string): Slot | undefined {
    return this.#slots.get(key)
  }

  put(key: string, bytes: Uint8Array, value: Uint8Array | undefined, version: number): Version {
    let slot = this.#slots.get(key)
    if (!slot) {
      slot = { key, bytes, newest: undefined, hot: this.recent.forget(key) }
      this.#slots.set(key, slot)
      this.#sorted.add(slot)
    }
    const older = slot.newest
    const added: Version = { version, value, slot, older, newer: undefined }
    if (older) older.newer = added
    slot.newest = added
    return added
  }

  /** Forgets a version. The caller knows that every snapshot in use has it, and that all older ones were dropped before. */
  drop(version: Version): void {
    if (version.newer) {
      version.newer.older = undefined
      return
    }
    const { slot } = version
    slot.newest = undefined
    this.#slots.delete(slot.key)
    if (slot.hot) this.recent.remember(slot.key, version.value)
    this.#sorted.remove(slot)
  }

  range(gte: string, lt: string, reverse: boolean): Generator<Slot, void> {
    return reverse ? this.#sorted.reverse(gte, lt) : this.#sorted.range(gte, lt)
  }

  /** Whether any key of the range has a version newer than `version`. */
  changedSince(version: number, gte: string, lt: string): boolean {
    if (this.#slots.size === 0) return false
    for (const slot of this.#sorted.range(gte, lt)) if (slot.newest!.version > version) return true
    return false
  }
}

/** What the key held at `version`; undefined when the overlay does not say and the base does. */
export function versionAt(slot: Slot | undefined, version: number): Version | undefined {
  let found = slot?.newest
  while (found && found.version > version) found = found.older
  return found
}
