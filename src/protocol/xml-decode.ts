import type { ListShape, MapShape, Member, Model, StructShape } from '../kernel/model.ts'
import { deepest } from './checks.ts'
import { TypeFault } from './faults.ts'
import { isScalar } from './scalars.ts'
import { scalarFromText } from './text-scalars.ts'
import { put } from './walk.ts'
import type { XmlElement } from './xml-read.ts'

/** Reads an element as the value of a shape, in the form the checks take (`js`). Throws a TypeFault. */
export function valueFromXml(
  model: Model,
  index: number,
  element: XmlElement,
  member: Member | undefined,
  path: string,
  depth = 0,
): unknown {
  if (depth > deepest) throw new TypeFault('The body nests too deep', path.slice(0, 256))
  const shape = model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union':
      return structFromXml(model, shape, element, path, depth)
    case 'list':
      return element.children
        .filter(({ name }) => name === (shape.xml ?? 'member'))
        .map((item, i) => valueFromXml(model, shape.of, item, undefined, `${path}.${i + 1}`, depth + 1))
    case 'map':
      return mapFromXml(
        model,
        shape,
        element.children.filter(({ name }) => name === 'entry'),
        path,
        depth,
      )
    case 'events':
      return undefined
    default:
      if (element.children.length > 0) throw new TypeFault(`The element ${element.name} must hold one value`, path)
      return scalarFromText(shape, element.text, member?.time ?? 'iso', path)
  }
}

/** The members of a structure that stand in `element`; those bound elsewhere in the message are left out. */
export function structFromXml(
  model: Model,
  shape: StructShape,
  element: XmlElement,
  path: string,
  depth: number,
): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  const byName = Map.groupBy(element.children, ({ name }) => name)
  for (const member of shape.m) {
    if (member.in !== undefined) continue
    const memberPath = path === '' ? member.n : `${path}.${member.n}`
    const name = member.xml ?? member.n
    if (member.attribute) {
      const text = attributeOf(element, name)
      if (text !== undefined) put(out, member.n, scalarAttribute(model, member, text, memberPath))
      continue
    }
    const found = byName.get(name)
    if (!found) continue
    put(out, member.n, memberFromXml(model, member, found, memberPath, depth))
  }
  return out
}

function memberFromXml(
  model: Model,
  member: Member,
  found: readonly XmlElement[],
  path: string,
  depth: number,
): unknown {
  const shape = model.shapes[member.s]!
  if (member.flat && shape.k === 'list') return flatList(model, shape, found, path, depth)
  if (member.flat && shape.k === 'map') return mapFromXml(model, shape, found, path, depth)
  if (found.length > 1) throw new TypeFault(`The element ${found[0]!.name} stands more than once`, path)
  return valueFromXml(model, member.s, found[0]!, member, path, depth + 1)
}

function flatList(
  model: Model,
  shape: ListShape,
  found: readonly XmlElement[],
  path: string,
  depth: number,
): unknown[] {
  return found.map((item, i) => valueFromXml(model, shape.of, item, undefined, `${path}.${i + 1}`, depth + 1))
}

function mapFromXml(
  model: Model,
  shape: MapShape,
  entries: readonly XmlElement[],
  path: string,
  depth: number,
): Record<string, unknown> {
  const [keyName, valueName] = shape.xml ?? ['key', 'value']
  const out: Record<string, unknown> = {}
  for (const entry of entries) {
    const key = entry.children.find(({ name }) => name === keyName)
    const value = entry.children.find(({ name }) => name === valueName)
    if (!key || !value) throw new TypeFault(`An entry must have one ${keyName} and one ${valueName}`, path)
    put(out, key.text, valueFromXml(model, shape.of, value, undefined, path, depth + 1))
  }
  return out
}

/** An attribute by its name in the table; clients may choose another prefix for the same namespace. */
function attributeOf(element: XmlElement, name: string): string | undefined {
  const exact = element.attributes[name]
  if (exact !== undefined) return exact
  const local = name.slice(name.indexOf(':') + 1)
  return Object.entries(element.attributes).find(
    ([key]) => !key.startsWith('xmlns') && key.slice(key.indexOf(':') + 1) === local,
  )?.[1]
}

function scalarAttribute(model: Model, member: Member, text: string, path: string): unknown {
  const shape = model.shapes[member.s]!
  if (!isScalar(shape)) return text
  return scalarFromText(shape, text, member.time ?? 'iso', path)
}
