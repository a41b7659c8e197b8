import { type AttributeValue, attribute, type Item, setAttribute } from '../attribute-value.ts'
import { bindPath, checkPathsDistinct, type DocumentPath, type PathNode, parsePath } from './path.ts'
import type { Placeholders } from './placeholders.ts'
import { TokenReader } from './tokens.ts'

/** Picks parts of an item: the same shape with only what the paths lead to. List elements close ranks. */
export interface Projection {
  (item: Item): Item
  readonly paths: readonly DocumentPath[]
}

/** `path, path, …` */
export function parseProjection(text: string): readonly PathNode[] {
  const reader = new TokenReader('ProjectionExpression', text)
  const paths: PathNode[] = []
  do paths.push(parsePath(reader))
  while (reader.takeSymbol(','))
  reader.expectEnd()
  return paths
}

/** Resolves names and checks the paths against each other. */
export function bindProjection(nodes: readonly PathNode[], placeholders: Placeholders): Projection {
  const paths = nodes.map((node) => bindPath('ProjectionExpression', node, placeholders))
  checkPathsDistinct('ProjectionExpression', paths)
  return projectionOf(paths)
}

/** The projection onto paths that are known not to overlap. */
export function projectionOf(paths: readonly DocumentPath[]): Projection {
  const root: Picks = new Map()
  for (const path of paths) {
    let picks = root
    path.forEach((element, i) => {
      if (i === path.length - 1) {
        picks.set(element, 'all')
      } else {
        const known = picks.get(element)
        const below: Picks = known instanceof Map ? known : new Map()
        picks.set(element, below)
        picks = below
      }
    })
  }
  return Object.assign((item: Item) => pickFromMap(item, root), { paths })
}

type Picks = Map<string | number, Picks | 'all'>

function pickFromMap(map: Item, picks: Picks): Item {
  const picked: Item = {}
  for (const [name, below] of picks) {
    const value = typeof name === 'string' ? attribute(map, name) : undefined
    const part = value && pick(value, below)
    if (part) setAttribute(picked, name as string, part)
  }
  return picked
}

function pick(value: AttributeValue, picks: Picks | 'all'): AttributeValue | undefined {
  if (picks === 'all') return value
  if ('M' in value) {
    const picked = pickFromMap(value.M, picks)
    return Object.keys(picked).length > 0 ? { M: picked } : undefined
  }
  if (!('L' in value)) return undefined
  const positions = [...picks.keys()].filter((position) => typeof position === 'number').sort((a, b) => a - b)
  const elements = positions.flatMap((position) => {
    const element = value.L[position]
    const part = element && pick(element, picks.get(position)!)
    return part ? [part] : []
  })
  return elements.length > 0 ? { L: elements } : undefined
}
