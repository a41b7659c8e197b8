import { isList, isMap, type Value } from '../value.ts'

/** The value with what refers to old names referring to new ones: Ref, GetAtt, Sub and DependsOn. */
export function rename(value: Value, names: ReadonlyMap<string, string>): Value {
  if (names.size === 0) return value
  const visit = (item: Value): Value => {
    if (isList(item)) return item.map(visit)
    if (!isMap(item)) return item
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, member(key, inner)]))
  }
  const member = (key: string, inner: Value): Value => {
    if (key === 'Ref' && typeof inner === 'string') return names.get(inner) ?? inner
    if (key === 'Fn::GetAtt' && isList(inner) && typeof inner[0] === 'string') {
      // `!GetAtt Function.Alias` is a Ref in other words; a path of more parts keeps its end.
      const [first = '', ...parts] = typeof inner[1] === 'string' ? inner[1].split('.') : []
      const alias = parts.length > 0 ? names.get(`${inner[0]}.${first}`) : undefined
      if (alias !== undefined) return [alias, parts.join('.')]
      return [names.get(inner[0]) ?? inner[0], ...inner.slice(1).map(visit)]
    }
    if (key === 'Fn::Sub') {
      if (typeof inner === 'string') return inText(inner)
      if (isList(inner) && typeof inner[0] === 'string') return [inText(inner[0]), ...inner.slice(1).map(visit)]
    }
    if (key === 'DependsOn') {
      const renamed = (name: Value) => (typeof name === 'string' ? (names.get(name) ?? name) : name)
      return isList(inner) ? inner.map(renamed) : renamed(inner)
    }
    return visit(inner)
  }
  const inText = (text: string) =>
    text.replaceAll(/\$\{([A-Za-z0-9.]+)\}/g, (_, name: string) => {
      const parts = name.split('.')
      // The longest name that has another: `Function.Alias` before `Function`.
      for (const length of [2, 1]) {
        const found = names.get(parts.slice(0, length).join('.'))
        if (found !== undefined) return `\${${[found, ...parts.slice(length)].join('.')}}`
      }
      return `\${${name}}`
    })
  return visit(value)
}
