import { type AttributeValue, attribute, type Item } from '../attribute-value.ts'
import type { Placeholders } from './placeholders.ts'
import { isReservedWord } from './reserved-words.ts'
import { type ExpressionKind, invalid, type TokenReader } from './tokens.ts'

/** A document path as written: `a.#b[2].c`. The first element is a name. */
export interface PathNode {
  readonly type: 'path'
  readonly elements: readonly PathElement[]
}
export type PathElement = { readonly literal: string } | { readonly placeholder: string } | { readonly index: number }

/** A document path with its names resolved: strings are map keys, numbers list positions. */
export type DocumentPath = readonly [string, ...(string | number)[]]

/** Map and list elements a path may go through. */
const maxPathElements = 32

/** Parses a document path at the reader's position. */
export function parsePath(reader: TokenReader): PathNode {
  const elements: PathElement[] = [nameElement(reader)]
  for (;;) {
    if (reader.takeSymbol('.')) {
      elements.push(nameElement(reader))
    } else if (reader.isSymbol('[') && reader.following.type === 'number') {
      reader.next()
      const index = Number(reader.next().text)
      if (!Number.isSafeInteger(index) || index > 2 ** 31 - 1) {
        throw invalid(reader.kind, `List index is not within the allowable range; index: [${index}]`)
      }
      elements.push({ index })
      reader.expectSymbol(']')
    } else {
      if (reader.takeSymbol('[')) throw reader.syntaxError()
      break
    }
  }
  if (elements.length > maxPathElements) {
    throw invalid(reader.kind, 'The document path has too many nesting elements; nesting limit: 32')
  }
  return { type: 'path', elements }
}

function nameElement(reader: TokenReader): PathElement {
  const token = reader.current
  if (token.type !== 'identifier' && token.type !== 'name') throw reader.syntaxError()
  reader.next()
  return token.type === 'name' ? { placeholder: token.text } : { literal: token.text }
}

/** Resolves the `#names` of a path; a reserved word that is written out is refused. */
export function bindPath(kind: ExpressionKind, path: PathNode, placeholders: Placeholders): DocumentPath {
  // A list from `map`, of which TypeScript forgets that the first is a name: the parser takes no other.
  return path.elements.map((element) => {
    if ('index' in element) return element.index
    if ('placeholder' in element) return placeholders.name(kind, element.placeholder)
    if (isReservedWord(element.literal)) {
      throw invalid(kind, `Attribute name is a reserved keyword; reserved keyword: ${element.literal}`)
    }
    return element.literal
  }) as unknown as DocumentPath
}

/** What the path leads to in the item, if anything. */
export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  let value = attribute(item, path[0])
  for (let i = 1; i < path.length && value !== undefined; i++) {
    const element = path[i]!
    if (typeof element === 'number') value = 'L' in value ? value.L[element] : undefined
    else value = 'M' in value ? attribute(value.M, element) : undefined
  }
  return value
}

/** `[a, b, [2]]`, as messages write paths. */
export function describePath(path: DocumentPath): string {
  return `[${path.map((element) => (typeof element === 'number' ? `[${element}]` : element)).join(', ')}]`
}

interface PathTree {
  end?: DocumentPath
  /** Some path that goes through here, to name in a message. */
  through?: DocumentPath
  children: Map<string | number, PathTree>
}

/**
 * Refuses two paths of which one leads through the other, and two that take one value for a map and for a list.
 */
export function checkPathsDistinct(kind: ExpressionKind, paths: readonly DocumentPath[]): void {
  const root: PathTree = { children: new Map() }
  for (const path of paths) {
    let tree = root
    for (const element of path) {
      if (tree.end) throw pathClash(kind, 'overlap', tree.end, path)
      const sibling = tree.children.keys().next()
      if (!sibling.done && typeof sibling.value !== typeof element) {
        const other = tree.children.get(sibling.value)?.through
        if (other) throw pathClash(kind, 'conflict', other, path)
      }
      const child: PathTree = tree.children.get(element) ?? { children: new Map() }
      tree.children.set(element, child)
      child.through ??= path
      tree = child
    }
    if (tree.end || tree.children.size > 0) throw pathClash(kind, 'overlap', tree.through ?? path, path)
    tree.end = path
  }
}

function pathClash(kind: ExpressionKind, what: 'overlap' | 'conflict', one: DocumentPath, two: DocumentPath) {
  return invalid(
    kind,
    `Two document paths ${what} with each other; must remove or rewrite one of these paths; ` +
      `path one: ${describePath(one)}, path two: ${describePath(two)}`,
  )
}
