/** Larger values are read from the engine each time. */
const valueBytesAtMost = 65_536
const bytesAtMost = 8_388_608
const entriesAtMost = 2_048

/**
 * What the base has under the keys that were read last (`null` where it has nothing), so that what nearly every request
 * reads costs no call into the engine. Holds only keys that the overlay does not have: all snapshots in use agree on
 * those, since a key stays in the overlay until every one of them contains its newest value. So a key is forgotten when
 * it is written, and may be remembered again once it has left the overlay.
 */
export class Recent {
  readonly #values = new Map<string, Uint8Array | null>()
  #bytes = 0

  /** Undefined when it is not known. */
  get(key: string): Uint8Array | null | undefined {
    return this.#values.get(key)
  }

  remember(key: string, value: Uint8Array | undefined): void {
    if (value && value.length > valueBytesAtMost) return
    this.forget(key)
    // Forgetting the oldest is as good as the least recently used: what is hot comes back with its next read.
    while (this.#values.size >= entriesAtMost || this.#bytes > bytesAtMost) {
      this.forget(this.#values.keys().next().value!)
    }
    this.#values.set(key, value ? alone(value) : null)
    this.#bytes += value?.length ?? 0
  }

  /** Answers whether it was known. */
  forget(key: string): boolean {
    const known = this.#values.get(key)
    if (known === undefined) return false
    this.#bytes -= known?.length ?? 0
    return this.#values.delete(key)
  }
}

/** The engine reads into buffers of 64 KB: a small value would keep all of its own. */
function alone(value: Uint8Array): Uint8Array {
  if (value.buffer.byteLength <= value.length * 2) return value
  const own = Buffer.allocUnsafeSlow(value.length)
  own.set(value)
  return own
}
