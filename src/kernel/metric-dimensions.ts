const mostKnown = 2_000

/**
 * Dimensions of one name, one object for each value: metrics that come with the very object of the time before are found
 * without looking into it. Forgets when there are more than some thousands.
 */
export function dimensionsNamed(name: string): (value: string) => Readonly<Record<string, string>> {
  const known = new Map<string, Readonly<Record<string, string>>>()
  return (value) => {
    let found = known.get(value)
    if (!found) {
      if (known.size >= mostKnown) known.clear()
      found = { [name]: value }
      known.set(value, found)
    }
    return found
  }
}
