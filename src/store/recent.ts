/** Larger values are read from the engine each time. */
const valueBytesAtMost = 65_536
/** Of a generation; there are two. */
const bytesAtMost = 4_194_304
const entriesAtMost = 8_192

/** What was remembered between two moments: the value of a key, `null` where the base has nothing. */
interface Generation {
  readonly values: Map<string, Uint8Array | null>
  bytes: number
}

const emptyGeneration = (): Generation => ({ values: new Map(), bytes: 0 })

/**
 * What the base has under the keys that were read last (`null` where it has nothing), so that what nearly every request
 * reads costs no call into the engine. Holds only keys that the overlay does not have: all snapshots in use agree on
 * those, since a key stays in the overlay until every one of them contains its newest value. So a key is forgotten when
 * it is written, and may be remembered again once it has left the overlay.
 *
 * Keys are kept in two generations. A full one becomes the older, what was the older is dropped whole, and what is read of
 * the older moves to the younger: about the least recently used go, and neither a read nor an eviction looks for them.
 */
export class Recent {
  #young = emptyGeneration()
  #old = emptyGeneration()

  /** Undefined when it is not known. */
  get(key: string): Uint8Array | null | undefined {
    const known = this.#young.values.get(key)
    if (known !== undefined) return known
    const older = this.#old.values.get(key)
    if (older === undefined) return undefined
    forget(this.#old, key)
    this.#add(key, older)
    return older
  }

  remember(key: string, value: Uint8Array | undefined): void {
    if (value && value.length > valueBytesAtMost) return
    this.forget(key)
    this.#add(key, value ? alone(value) : null)
  }

  /** Answers whether it was known. */
  forget(key: string): boolean {
    return forget(this.#young, key) || forget(this.#old, key)
  }

  #add(key: string, value: Uint8Array | null): void {
    if (this.#young.values.size >= entriesAtMost || this.#young.bytes > bytesAtMost) {
      this.#old = this.#young
      this.#young = emptyGeneration()
    }
    this.#young.values.set(key, value)
    this.#young.bytes += value?.length ?? 0
  }
}

function forget(generation: Generation, key: string): boolean {
  const known = generation.values.get(key)
  if (known === undefined) return false
  generation.bytes -= known?.length ?? 0
  return generation.values.delete(key)
}

/** The engine reads into buffers of 64 KB: a small value would keep all of its own. */
function alone(value: Uint8Array): Uint8Array {
  if (value.buffer.byteLength <= value.length * 2) return value
  const own = Buffer.allocUnsafeSlow(value.length)
  own.set(value)
  return own
}
