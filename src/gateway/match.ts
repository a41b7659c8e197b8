import type { Route } from './state.ts'

export interface Matched {
  readonly route: Route
  readonly pathParameters: Readonly<Record<string, string>>
}

interface Node {
  readonly literals: Map<string, Node>
  parameter?: { readonly name: string; readonly node: Node } | undefined
  greedy?: { readonly name: string; readonly routes: Map<string, Route> } | undefined
  readonly routes: Map<string, Route>
}

export type Matcher = (method: string, path: string) => Matched | undefined

/**
 * Compiles routes into a tree. A literal segment wins over a parameter, that over a greedy one, and a method over ANY;
 * `$default` takes what is left. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function compileRoutes(routes: readonly Route[]): Matcher {
  const root = newNode()
  let fallback: Route | undefined
  for (const route of routes) {
    if (route.path === '$default') fallback = route
    else insert(root, segments(route.path), route)
  }
  return (method, path) => {
    const parts = segments(path)
    const found = walk(root, parts, 0, method, {})
    if (found) return found
    return fallback && { route: fallback, pathParameters: {} }
  }
}

function newNode(): Node {
  return { literals: new Map(), routes: new Map() }
}

function insert(node: Node, parts: readonly string[], route: Route): void {
  const [part, ...rest] = parts
  if (part === undefined) {
    node.routes.set(route.method, route)
    return
  }
  const greedy = /^\{(.+)\+\}$/.exec(part)?.[1]
  if (greedy !== undefined) {
    node.greedy ??= { name: greedy, routes: new Map() }
    node.greedy.routes.set(route.method, route)
    return
  }
  const parameter = /^\{(.+)\}$/.exec(part)?.[1]
  if (parameter !== undefined) {
    node.parameter ??= { name: parameter, node: newNode() }
    insert(node.parameter.node, rest, route)
    return
  }
  const next = node.literals.get(part) ?? newNode()
  node.literals.set(part, next)
  insert(next, rest, route)
}

function walk(
  node: Node,
  parts: readonly string[],
  at: number,
  method: string,
  parameters: Record<string, string>,
): Matched | undefined {
  const part = parts[at]
  if (part === undefined) {
    const route = pick(node.routes, method)
    return route && { route, pathParameters: parameters }
  }
  const literal = node.literals.get(part)
  const byLiteral = literal && walk(literal, parts, at + 1, method, parameters)
  if (byLiteral) return byLiteral
  if (node.parameter && part !== '') {
    const { name, node: next } = node.parameter
    const byParameter = walk(next, parts, at + 1, method, { ...parameters, [name]: part })
    if (byParameter) return byParameter
  }
  if (node.greedy) {
    const route = pick(node.greedy.routes, method)
    const rest = parts.slice(at).join('/')
    if (route && rest !== '') return { route, pathParameters: { ...parameters, [node.greedy.name]: rest } }
  }
  return undefined
}

function pick(routes: ReadonlyMap<string, Route>, method: string): Route | undefined {
  return routes.get(method) ?? routes.get('ANY')
}

function segments(path: string): string[] {
  const trimmed = path.replace(/^\//, '')
  return trimmed === '' ? [] : trimmed.split('/')
}
