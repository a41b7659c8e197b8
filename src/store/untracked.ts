import type { Reader } from '../kernel/store.ts'

/** Reads of an attempt that take no part in conflicts. */
export class Untracked implements Reader {
  readonly #get: (key: Uint8Array) => Uint8Array | undefined
  readonly range: Reader['range']

  constructor(get: (key: Uint8Array) => Uint8Array | undefined, range: Reader['range']) {
    this.#get = get
    this.range = range
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#get(key)
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return keys.map(this.#get)
  }

  get snapshot(): Reader {
    return this
  }
}
