/** Random inputs and outputs that a table allows, for tests that compare two readers or a writer and a reader. */

import type { Member, Model, ScalarShape, StructShape } from '../../src/kernel/model.ts'
import { codePoints, patternOf } from '../../src/protocol/checks.ts'
import fc from '../fast-check.ts'

export interface Options {
  /** Leaves members out; for what a client changes on its own. */
  readonly skip: (member: Member, shape: StructShape) => boolean
  /** XML cannot tell an absent list from an empty one, nor can a query. */
  readonly noEmpty: boolean
}

const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => new Date(s * 1000))
/** What a header or a label can hold without being changed on the way. */
const plainText = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 _.~*'()!-]{0,12}[A-Za-z0-9]$/)
/** What XML cannot carry: white space alone is taken for none, control characters have no form. */
const unfit = /^\s+$|\p{Cc}/u
const anyText = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 12, unit: 'grapheme-ascii' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('ünïcode ☃ 😀', 'a&b<c>"d\'', '<![CDATA[x]]>', '__proto__', '%20+ '),
  },
)

/** An arbitrary of the structure at `index`. */
export function structOf(
  model: Model,
  index: number,
  options: Options,
  top = true,
  depth = 0,
): fc.Arbitrary<Record<string, unknown>> {
  const shape = model.shapes[index] as StructShape
  const all = shape.m.filter((member) => !options.skip(member, shape))
  const leaves = all.filter((member) => member.required || isLeaf(model, member.s))
  const members = depth > 3 && leaves.length > 0 ? leaves : all
  const arbitraries = members.map((member) => [member.n, memberValue(model, member, options, top, depth)] as const)
  if (shape.k === 'union') return fc.oneof(...arbitraries.map(([name, value]) => fc.record({ [name]: value })))
  const requiredKeys = members.filter((member) => member.required).map((member) => member.n)
  const record = fc.record(Object.fromEntries(arbitraries), { requiredKeys, noNullPrototype: true })
  if (top || !options.noEmpty || arbitraries.length === 0) return record
  const [first] = arbitraries
  return record.chain((value) =>
    Object.keys(value).length > 0 ? fc.constant(value) : first![1].map((only) => ({ [first![0]]: only })),
  )
}

function isLeaf(model: Model, index: number): boolean {
  return !['struct', 'union', 'list', 'map'].includes(model.shapes[index]!.k)
}

function memberValue(
  model: Model,
  member: Member,
  options: Options,
  top: boolean,
  depth: number,
): fc.Arbitrary<unknown> {
  const bound = top && member.in !== undefined && member.in !== 'payload'
  if (member.in === 'headers') {
    const key = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
    return fc.dictionary(key, plainText, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
  }
  if (member.in === 'status' && top) return fc.constantFrom(200, 202)
  return valueAt(model, member.s, options, depth + 1, bound || member.attribute === true)
}

function valueAt(model: Model, index: number, options: Options, depth: number, plain: boolean): fc.Arbitrary<unknown> {
  const shape = model.shapes[index]!
  switch (shape.k) {
    case 'struct':
    case 'union':
      return structOf(model, index, options, false, depth)
    case 'list': {
      const minLength = Math.max(shape.min ?? 0, options.noEmpty || plain ? 1 : 0)
      return fc.array(valueAt(model, shape.of, options, depth + 1, plain), {
        minLength,
        maxLength: Math.max(minLength, Math.min(shape.max ?? 3, 3)),
      })
    }
    case 'map': {
      const minKeys = Math.max(shape.min ?? 0, options.noEmpty || plain ? 1 : 0)
      const key = valueAt(model, shape.key, options, depth + 1, plain).filter(
        (text) => text !== '' && text !== '__proto__',
      ) as fc.Arbitrary<string>
      return fc.dictionary(key, valueAt(model, shape.of, options, depth + 1, plain), {
        minKeys,
        maxKeys: Math.max(minKeys, Math.min(shape.max ?? 3, 3)),
        noNullPrototype: true,
      })
    }
    case 'events':
      return fc.constant(undefined)
    default:
      return scalarOf(shape, plain)
  }
}

/** A value that the constraints allow. */
export function scalarOf(shape: ScalarShape, plain = false): fc.Arbitrary<unknown> {
  switch (shape.k) {
    case 'string':
      return stringOf(shape, plain)
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'long':
    case 'number':
      return fc.integer({
        min: Math.max(shape.min ?? -1000, -1000),
        max: Math.max(Math.min(shape.max ?? 100_000, 100_000), shape.min ?? -1000),
      })
    case 'float':
    case 'double':
      return fc.integer({ min: (shape.min ?? -100) * 4, max: (shape.max ?? 100) * 4 }).map((n) => n / 4)
    case 'blob':
    case 'stream':
      return fc
        .uint8Array({ minLength: Math.max(shape.min ?? 0, 1), maxLength: Math.max(shape.min ?? 0, 12) })
        .map((bytes) => new Uint8Array(bytes))
    case 'timestamp':
      return seconds
    case 'document':
      return fc.constantFrom({ a: [1, 'x', null, { b: true }] }, 'text', 3)
  }
}

function stringOf(shape: ScalarShape, plain: boolean): fc.Arbitrary<string> {
  if (shape.enum) return fc.constantFrom(...shape.enum)
  const min = shape.min ?? 0
  const max = shape.max ?? Infinity
  if (shape.pattern !== undefined) {
    const fitting = examples(shape).filter((text) => !plain || /^[!-~](?:[ -~]*[!-~])?$/.test(text))
    if (fitting.length === 0) throw new Error(`no example matches ${shape.pattern}`)
    return fc.constantFrom(...fitting)
  }
  const base = plain ? plainText : anyText
  return base
    .filter((text) => !unfit.test(text))
    .map((text) => [...text, ...'x'.repeat(Math.max(0, min - codePoints(text)))].slice(0, max).join(''))
}

const found = new Map<string, string[]>()

/** Texts that match a shape's pattern within its length: drawn from the pattern where fast-check can, else tried. */
function examples(shape: ScalarShape): string[] {
  const regexp = patternOf(shape)
  const key = `${regexp.source} ${shape.min} ${shape.max}`
  const known = found.get(key)
  if (known) return known
  const { min = 1, max = Infinity } = shape
  const tried = ['a', '1', 'A', 'a1', '1111'].map((text) => text.repeat(Math.ceil(Math.max(min, 1) / text.length)))
  tried.push(
    '0123456789abcdef'.repeat(8),
    'arn:aws:iam::123456789012:role/x',
    'arn:aws:iam::aws:policy/x',
    'jdbc:redshift://a.redshift.a:1/a',
    'vpce-0123456789abcdef0.a.vpce.us-east-1.vpce-svc-0123456789abcdef0',
    ' é'.repeat(min),
    '',
  )
  try {
    tried.push(
      ...fc.sample(fc.stringMatching(new RegExp(regexp.source, 'u'), { size: 'xsmall' }), { numRuns: 20, seed: 1 }),
    )
  } catch (error) {
    // Lookarounds are beyond it; the examples tried above have to do then.
    if (!(error instanceof Error)) throw error
  }
  const fitting = tried.filter(
    (text) => text.length >= (shape.min ?? 0) && text.length <= max && regexp.test(text) && !unfit.test(text),
  )
  found.set(key, fitting)
  return fitting
}
