/** The nearest of what it is offered, at most `limit` of them, nearest first; of equals, what came first. */
export class Nearest<T> {
  readonly #limit: number
  readonly #kept: { readonly value: T; readonly farness: number }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  add(value: T, farness: number): void {
    const last = this.#kept.at(-1)
    if (last && this.#kept.length >= this.#limit && farness >= last.farness) return
    let at = this.#kept.length
    while (at > 0 && farness < this.#kept[at - 1]!.farness) at--
    this.#kept.splice(at, 0, { value, farness })
    if (this.#kept.length > this.#limit) this.#kept.pop()
  }

  get all(): readonly { readonly value: T; readonly farness: number }[] {
    return this.#kept
  }
}
