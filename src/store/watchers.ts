import type { StoreError } from '../kernel/store.ts'
import { keyText } from './key-text.ts'

interface Watcher {
  changed: boolean
  over: boolean
  error: StoreError | undefined
  wake: (() => void) | undefined
}

interface Node {
  readonly prefix: string
  readonly watchers: Set<Watcher>
  /** The longest other watched prefix that this one begins with. */
  parent: Node | undefined
}

/** Who wants to hear of changes under which prefix. Finding them costs a binary search per changed key. */
export class Watchers {
  readonly #nodes = new Map<string, Node>()
  #sorted: Node[] | undefined
  #ended: { readonly error: StoreError | undefined } | undefined

  get any(): boolean {
    return this.#nodes.size > 0
  }

  /** Marks the watchers of every prefix of `key`. */
  changed(key: string): void {
    const sorted = this.#inOrder()
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sorted[middle]!.prefix <= key) low = middle + 1
      else high = middle
    }
    // All prefixes of the key are this one or among those that it begins with.
    for (let node = sorted[low - 1]; node; node = node.parent) {
      if (!key.startsWith(node.prefix)) continue
      for (const watcher of node.watchers) {
        watcher.changed = true
        watcher.wake?.()
      }
    }
  }

  /** Ends every iteration; with an error when the store failed. */
  end(error?: StoreError): void {
    this.#ended ??= { error }
    for (const { watchers } of this.#nodes.values()) {
      for (const watcher of watchers) {
        watcher.over = true
        watcher.error = error
        watcher.wake?.()
      }
    }
  }

  async *watch(prefix: Uint8Array, signal: AbortSignal): AsyncGenerator<void, void> {
    if (signal.aborted) return
    const watcher: Watcher = {
      changed: true,
      over: this.#ended !== undefined,
      error: this.#ended?.error,
      wake: undefined,
    }
    const forget = this.#add(keyText(prefix), watcher)
    const aborted = () => {
      watcher.over = true
      watcher.wake?.()
    }
    signal.addEventListener('abort', aborted, { once: true })
    try {
      while (!watcher.over) {
        if (watcher.changed) {
          watcher.changed = false
          yield
          continue
        }
        const { promise, resolve } = Promise.withResolvers<void>()
        watcher.wake = resolve
        await promise
        watcher.wake = undefined
      }
      if (watcher.error) throw watcher.error
    } finally {
      signal.removeEventListener('abort', aborted)
      forget()
    }
  }

  #add(prefix: string, watcher: Watcher): () => void {
    let node = this.#nodes.get(prefix)
    if (!node) {
      node = { prefix, watchers: new Set(), parent: undefined }
      this.#nodes.set(prefix, node)
      this.#sorted = undefined
    }
    const { watchers } = node
    watchers.add(watcher)
    return () => {
      watchers.delete(watcher)
      if (watchers.size > 0 || this.#nodes.get(prefix) !== node) return
      this.#nodes.delete(prefix)
      this.#sorted = undefined
    }
  }

  #inOrder(): readonly Node[] {
    if (this.#sorted) return this.#sorted
    this.#sorted = [...this.#nodes.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1))
    const open: Node[] = []
    for (const node of this.#sorted) {
      while (open.length > 0 && !node.prefix.startsWith(open.at(-1)!.prefix)) open.pop()
      node.parent = open.at(-1)
      open.push(node)
    }
    return this.#sorted
  }
}
