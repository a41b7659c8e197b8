/**
 * Keeps what `make` made of the texts used last. Bounded by count; the texts themselves are bounded by the
 * expression limit. A throw is not kept.
 */
export function cachedByText<T>(make: (text: string) => T, maxEntries = 1_000): (text: string) => T {
  const made = new Map<string, T>()
  return (text) => {
    const known = made.get(text)
    if (known !== undefined) {
      // A Map iterates in order of insertion: moving what is used to the end leaves the stalest first.
      made.delete(text)
      made.set(text, known)
      return known
    }
    const fresh = make(text)
    if (made.size >= maxEntries) made.delete(made.keys().next().value!)
    made.set(text, fresh)
    return fresh
  }
}
