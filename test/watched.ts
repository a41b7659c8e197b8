/** The same value, noting in `read` which of its members are read, by their paths; items of lists have their list's. */
export function watched(value: unknown, path: string, read: Set<string>): unknown {
  if (value === null || typeof value !== 'object') return value
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key, target)
      if (typeof key === 'symbol' || Array.isArray(target)) return watched(found, path, read)
      const inner = path === '' ? key : `${path}.${key}`
      read.add(inner)
      return watched(found, inner, read)
    },
  })
}
