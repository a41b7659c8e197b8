import type { Member, ScalarKind, Shape } from '../../src/kernel/model.ts'
import type { BotoModel, BotoShape } from './botocore.ts'
import { translatePattern } from './patterns.ts'
import { kinds, type Resolved, resolve, type Traits } from './sdk.ts'

export interface ShapeTable {
  readonly shapes: Shape[]
  /** The index of an SDK schema's shape with the constraints of botocore's shape of that name. */
  add(reference: unknown, botoName: string | undefined): number
  /** Things the two sources disagree on or that could not be used. */
  readonly notes: Set<string>
}

const timestamps: Readonly<Record<number, Member['time']>> = { 5: 'iso', 6: 'http', 7: 'epoch' }

/**
 * An empty table of shapes, filled by walking the SDK's schemas and botocore's shapes side by side. Values of
 * enumerations that only the SDK knows, `enums`, are newer.
 */
export function shapeTable(boto: BotoModel, enums: ReadonlyMap<string, readonly string[]>): ShapeTable {
  const shapes: Shape[] = []
  const notes = new Set<string>()
  const byKey = new Map<string, number>()

  const intern = (key: string, make: () => Shape): number => {
    const known = byKey.get(key)
    if (known !== undefined) return known
    const index = shapes.length
    byKey.set(key, index)
    // The place is taken first, so that a recursive shape finds itself.
    shapes.push({ k: 'document' })
    shapes[index] = make()
    return index
  }

  const add = (reference: unknown, botoName: string | undefined): number => {
    const resolved = resolve(reference)
    const botoShape = botoName === undefined ? undefined : boto.shapes[botoName]
    const { schema } = resolved
    if (typeof schema === 'number' && schema >= 64) {
      // Lists (64) and maps (128) of plain scalars carry the scalar's sentinel in the low bits.
      const of = schema & 63
      return schema >= 128
        ? intern(`map ${of} ${botoName}`, () => ({
            k: 'map',
            key: add(0, botoShape?.key?.shape),
            of: add(of, botoShape?.value?.shape),
            ...size(botoShape),
          }))
        : intern(`list ${of} ${botoName}`, () => ({
            k: 'list',
            of: add(of, botoShape?.member?.shape),
            ...size(botoShape),
          }))
    }
    if (!Array.isArray(schema)) {
      const scalar = scalarShape(resolved, botoShape, enums.get(botoName ?? ''))
      return intern(JSON.stringify(scalar), () => scalar)
    }
    const name = String(schema[2])
    const key = `${schema[0]} ${name} ${botoName}`
    if (schema[0] === kinds.list) {
      return intern(key, () => ({
        k: 'list',
        of: add(schema[4], botoShape?.member?.shape),
        ...(memberName(schema[4]) !== undefined && { xml: memberName(schema[4])! }),
        ...size(botoShape),
      }))
    }
    if (schema[0] === kinds.map) {
      const xmlKey = memberName(schema[4])
      const xmlValue = memberName(schema[5])
      return intern(key, () => ({
        k: 'map',
        key: add(schema[4], botoShape?.key?.shape),
        of: add(schema[5], botoShape?.value?.shape),
        ...((xmlKey !== undefined || xmlValue !== undefined) && {
          xml: [xmlKey ?? 'key', xmlValue ?? 'value'] as const,
        }),
        ...size(botoShape),
      }))
    }
    return intern(key, () => structShape(resolved, schema, botoShape))
  }

  const structShape = (resolved: Resolved, schema: readonly unknown[], botoShape: BotoShape | undefined): Shape => {
    const names = schema[4] as readonly string[]
    const references = schema[5] as readonly unknown[]
    const requiredCount = Number(schema[6] ?? 0)
    const xml = resolved.traits.xmlName
    const own = Array.isArray(schema) ? (schema[3] as Traits | number) : 0
    const streaming = typeof own === 'object' && own !== null && own.streaming === 1
    return {
      k: schema[0] === kinds.union ? (streaming ? 'events' : 'union') : 'struct',
      n: String(schema[2]),
      ...(typeof own === 'object' && own !== null && typeof xml === 'string' && own.xmlName === xml && { xml }),
      m: names.map((name, i) => {
        const botoMember = botoShape?.members?.[name] ?? lowerCased(botoShape, name)
        if (botoShape?.members && !botoMember) notes.add(`${String(schema[2])}.${name} is not in botocore`)
        return member(name, references[i], i < requiredCount, botoMember?.shape)
      }),
    }
  }

  const member = (name: string, reference: unknown, required: boolean, botoName: string | undefined): Member => {
    const { schema, traits } = resolve(reference)
    const time = typeof schema === 'number' ? timestamps[schema] : undefined
    const xml = memberName(reference)
    return {
      n: name,
      s: add(reference, botoName),
      ...(required && { required }),
      ...(typeof traits.jsonName === 'string' && traits.jsonName !== name && { json: traits.jsonName }),
      // A payload is a root element, which is else named after its shape.
      ...(xml !== undefined && (xml !== name || traits.payload !== undefined) && { xml }),
      ...(Array.isArray(traits.xmlNamespace) && {
        xmlns: [String(traits.xmlNamespace[0]), String(traits.xmlNamespace[1])] as const,
      }),
      ...(traits.xmlAttribute ? { attribute: true as const } : {}),
      ...(traits.xmlFlattened ? { flat: true as const } : {}),
      ...place(traits),
      ...(time && { time }),
      ...(traits.token ? { token: true as const } : {}),
      ...(traits.eventHeader ? { event: 'header' as const } : {}),
      ...(traits.eventPayload ? { event: 'payload' as const } : {}),
    }
  }

  const scalarShape = (
    { schema, traits }: Resolved,
    botoShape: BotoShape | undefined,
    values: readonly string[] = [],
  ): Shape => {
    const kind = scalarKind(schema, traits, botoShape)
    const constrained = kind !== 'boolean' && kind !== 'timestamp' && kind !== 'document'
    const pattern =
      kind === 'string' && botoShape?.pattern !== undefined && botoShape.enum === undefined
        ? translatePattern(botoShape.pattern, (source) => notes.add(`pattern not usable in JavaScript: ${source}`))
        : undefined
    return {
      k: kind,
      ...(constrained ? size(botoShape) : {}),
      ...pattern,
      ...(kind === 'string' && botoShape?.enum ? { enum: [...new Set([...botoShape.enum, ...values])] } : {}),
      ...(traits.sensitive || botoShape?.sensitive ? { secret: true as const } : {}),
    }
  }

  return { shapes, add, notes }
}

function size(shape: BotoShape | undefined): { min?: number; max?: number } {
  return {
    ...(shape?.min !== undefined && !(shape.min === 0 && sized(shape)) && { min: Number(shape.min) }),
    ...(shape?.max !== undefined && { max: Number(shape.max) }),
  }
}

/** Whether `min` counts a length, so that 0 says nothing. */
const sized = (shape: BotoShape): boolean => ['string', 'list', 'map', 'blob'].includes(shape.type)

function lowerCased(shape: BotoShape | undefined, name: string) {
  const wanted = name.toLowerCase()
  return Object.entries(shape?.members ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1]
}

/** The `xmlName` of a member itself, not that of the structure it refers to. */
function memberName(reference: unknown): string | undefined {
  if (!Array.isArray(reference) || reference.length !== 2) return undefined
  const traits: unknown = reference[1]
  if (typeof traits !== 'object' || traits === null) return undefined
  const name = (traits as Traits).xmlName
  return typeof name === 'string' ? name : undefined
}

function place(traits: Traits): Pick<Member, 'in' | 'at'> {
  if (traits.label) return { in: 'label' }
  if (typeof traits.httpQuery === 'string') return { in: 'query', at: traits.httpQuery }
  if (typeof traits.httpHeader === 'string') return { in: 'header', at: traits.httpHeader }
  if (typeof traits.httpPrefixHeaders === 'string') return { in: 'headers', at: traits.httpPrefixHeaders }
  if (traits.queries) return { in: 'queries' }
  if (traits.payload) return { in: 'payload' }
  if (traits.status) return { in: 'status' }
  return {}
}

function scalarKind(schema: unknown, traits: Traits, botoShape: BotoShape | undefined): ScalarKind {
  switch (schema) {
    case 0:
      return 'string'
    case 1:
      return numberKind(botoShape)
    case 2:
      return 'boolean'
    case 4:
    case 5:
    case 6:
    case 7:
      return 'timestamp'
    case 15:
      return 'document'
    case 17:
      return 'long'
    case 19:
      return 'double'
    case 21:
      return traits.streaming ? 'stream' : 'blob'
    case 42:
      return 'stream'
    default:
      throw new Error(`unknown SDK scalar ${String(schema)}`)
  }
}

/** The SDK does not tell whole numbers from fractions; botocore does. */
function numberKind(shape: BotoShape | undefined): ScalarKind {
  switch (shape?.type) {
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return shape.type
    default:
      return 'number'
  }
}
