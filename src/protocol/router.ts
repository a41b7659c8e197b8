import type { IncomingHttpHeaders } from 'node:http'
import type { Model, StructShape } from '../kernel/model.ts'

/** What of a request says which REST operation it is for. */
export interface Address {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: IncomingHttpHeaders
}

interface Leaf {
  readonly name: string
  /** Query parameters that the template has, with their value if it says one. */
  readonly query: readonly (readonly [name: string, value: string | undefined])[]
  /** Required members in query and headers: told apart by them are operations that share a template. */
  readonly neededQuery: readonly string[]
  readonly neededHeaders: readonly string[]
}

interface Node {
  readonly literals: Map<string, Node>
  label: Node | undefined
  /** Leaves of templates that end here, by method. */
  readonly leaves: Map<string, Leaf[]>
  /** Leaves of templates that end in a greedy label here, by method. */
  readonly greedy: Map<string, Leaf[]>
}

export interface Route {
  readonly name: string
  readonly labels: readonly string[]
}

const newNode = (): Node => ({ literals: new Map(), label: undefined, leaves: new Map(), greedy: new Map() })

const roots = new WeakMap<Model, Node>()

/** The operation that method, path, query and headers mean; the most specific wins. Undefined when none fits. */
export function routeRest(model: Model, address: Address): Route | undefined {
  let root = roots.get(model)
  if (!root) {
    root = build(model)
    roots.set(model, root)
  }
  const segments = address.path.slice(1).split('/')
  // A slash at the end says nothing, except to a greedy label (a key may end in one).
  const trimmed = segments.length > 1 && segments.at(-1) === '' ? segments.slice(0, -1) : segments
  const query = queryNames(address.query)
  return match(root, trimmed[0] === '' && trimmed.length === 1 ? [] : trimmed, segments, 0, [], address, query)
}

function match(
  node: Node,
  segments: readonly string[],
  whole: readonly string[],
  at: number,
  labels: readonly string[],
  address: Address,
  query: ReadonlyMap<string, string>,
): Route | undefined {
  if (at === segments.length) {
    const leaf = choose(node.leaves.get(address.method), address, query)
    if (leaf) return { name: leaf.name, labels }
  }
  const segment = segments[at]
  if (segment !== undefined) {
    const literal = node.literals.get(segment)
    const exact = literal && match(literal, segments, whole, at + 1, labels, address, query)
    if (exact) return exact
    if (node.label && segment !== '') {
      const found = match(node.label, segments, whole, at + 1, [...labels, segment], address, query)
      if (found) return found
    }
  }
  const rest = whole.slice(at).join('/')
  if (rest === '' || node.greedy.size === 0) return undefined
  const leaf = choose(node.greedy.get(address.method), address, query)
  return leaf && { name: leaf.name, labels: [...labels, rest] }
}

/** The leaf with the most query literals, all there; then the one whose required members are all there, the most of them. */
function choose(
  leaves: readonly Leaf[] | undefined,
  address: Address,
  query: ReadonlyMap<string, string>,
): Leaf | undefined {
  let best: Leaf | undefined
  let bestMissing = 0
  for (const leaf of leaves ?? []) {
    if (!leaf.query.every(([name, value]) => query.has(name) && (value === undefined || query.get(name) === value)))
      continue
    if (best && leaf.query.length < best.query.length) break
    const missing =
      leaf.neededQuery.filter((name) => !query.has(name)).length +
      leaf.neededHeaders.filter((name) => address.headers[name] === undefined).length
    if (!best || missing < bestMissing) {
      best = leaf
      bestMissing = missing
    }
  }
  return best
}

function build(model: Model): Node {
  const root = newNode()
  for (const [name, operation] of Object.entries(model.operations)) {
    if (!operation.http) continue
    const [method, uri] = operation.http
    const [path = '', query = ''] = uri.split('?')
    const shape = operation.in === undefined ? undefined : (model.shapes[operation.in] as StructShape)
    const needed = (place: 'query' | 'header') =>
      (shape?.m ?? []).filter((member) => member.in === place && member.required).map((member) => member.at!)
    const leaf: Leaf = {
      name,
      query: query === '' ? [] : query.split('&').map((part) => splitLiteral(part)),
      neededQuery: needed('query'),
      neededHeaders: needed('header').map((header) => header.toLowerCase()),
    }
    insert(
      root,
      path.split('/').filter((segment) => segment !== ''),
      method,
      leaf,
    )
  }
  sortLeaves(root)
  return root
}

function splitLiteral(part: string): readonly [string, string | undefined] {
  const equals = part.indexOf('=')
  return equals < 0 ? [part, undefined] : [part.slice(0, equals), part.slice(equals + 1)]
}

function insert(root: Node, segments: readonly string[], method: string, leaf: Leaf): void {
  let node = root
  for (const segment of segments) {
    if (segment.endsWith('+}')) {
      add(node.greedy, method, leaf)
      return
    }
    if (segment.startsWith('{')) {
      node.label ??= newNode()
      node = node.label
    } else {
      let next = node.literals.get(segment)
      if (!next) {
        next = newNode()
        node.literals.set(segment, next)
      }
      node = next
    }
  }
  add(node.leaves, method, leaf)
}

function add(table: Map<string, Leaf[]>, method: string, leaf: Leaf): void {
  const leaves = table.get(method)
  if (leaves) leaves.push(leaf)
  else table.set(method, [leaf])
}

/** More literals first; among equals more required members first, so that they win a tie; then by name. */
function sortLeaves(node: Node): void {
  const order = (a: Leaf, b: Leaf) =>
    b.query.length - a.query.length ||
    b.neededQuery.length + b.neededHeaders.length - (a.neededQuery.length + a.neededHeaders.length) ||
    (a.name < b.name ? -1 : 1)
  for (const leaves of [...node.leaves.values(), ...node.greedy.values()]) leaves.sort(order)
  for (const child of node.literals.values()) sortLeaves(child)
  if (node.label) sortLeaves(node.label)
}

function queryNames(query: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  if (query === '') return names
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    if (equals < 0) names.set(pair, '')
    else names.set(pair.slice(0, equals), pair.slice(equals + 1))
  }
  return names
}
