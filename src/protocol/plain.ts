import type { Model, Shape } from '../kernel/model.ts'

/**
 * The input of a call that somebody wrote down as JSON for later (a universal target of Scheduler): text stands for
 * bytes, ISO 8601 or epoch seconds for times. What does not fit is left as it is, for the decoder to refuse.
 */
export function fromPlain(model: Model, operation: string, input: object): Readonly<Record<string, unknown>> {
  const index = model.operations[operation]?.in
  return index === undefined ? {} : (convert(model, model.shapes[index], input) as Readonly<Record<string, unknown>>)
}

function convert(model: Model, shape: Shape | undefined, value: unknown): unknown {
  if (shape === undefined || value === null) return value
  switch (shape.k) {
    case 'struct':
    case 'union':
      return eachMember(value, (name) => shape.m.find(({ n }) => n === name)?.s, model)
    case 'map':
      return eachMember(value, () => shape.of, model)
    case 'list':
      return Array.isArray(value) ? value.map((one) => convert(model, model.shapes[shape.of], one)) : value
    case 'blob':
      return typeof value === 'string' ? Buffer.from(value) : value
    case 'stream':
      return typeof value === 'string' ? whole(Buffer.from(value)) : value
    case 'timestamp':
      if (typeof value === 'number') return new Date(value * 1_000)
      return typeof value === 'string' ? new Date(value) : value
    default:
      return value
  }
}

function eachMember(value: unknown, shapeOf: (name: string) => number | undefined, model: Model): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const index = shapeOf(name)
      return [name, index === undefined ? one : convert(model, model.shapes[index], one)]
    }),
  )
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
