import {
  type CollectionTag,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
  type ScalarTag,
  type Tags,
  visit,
  YAMLMap,
  YAMLSeq,
} from 'yaml'
import { isAwsError } from '../kernel/errors.ts'
import { invalid, isList, isMap, type Value, type ValueMap } from './value.ts'

/** CloudFormation quotas: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
export const templateLimits = { bodyBytes: 51_200, urlBytes: 1_048_576, depth: 100, values: 100_000 } as const

/**
 * Reads a template's text, JSON or YAML with the short forms of intrinsic functions (`!Ref`), as plain values with
 * the long forms (`{ Ref }`). Throws ValidationError. Scalars that look like a number but are not written as one would
 * be (`012`, `1.10`, an account's twelve digits with a leading zero) stay text.
 */
export function parseTemplate(text: string): ValueMap {
  const value = /^\s*\{/.test(text) ? parseJson(text) : parseYaml(text)
  if (!isMap(value)) throw invalid('Template format error: unsupported structure.')
  checkShape(value)
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A YAML flow mapping also begins with a brace.
    try {
      return parseYaml(text)
    } catch {
      const at = /line (\d+) column (\d+)/.exec(error instanceof Error ? error.message : '')
      throw invalid(
        `Template format error: JSON not well-formed.${at ? ` (line ${at[1]}, column ${at[2]})` : ` ${(error as Error).message}`}`,
      )
    }
  }
}

/** Intrinsic functions with a short form, and what they are in full. */
const shortForms = [
  ...['Base64', 'Cidr', 'FindInMap', 'GetAZs', 'If', 'ImportValue', 'Join', 'Select', 'Split', 'Sub', 'Transform'],
  ...['And', 'Equals', 'Not', 'Or', 'Length', 'ToJsonString', 'ForEach'],
].map((name) => [`!${name}`, `Fn::${name}`] as const)

/** A tag on a scalar answers its value; one on a collection answers a node, which is what its children are. */
function wrapped(key: string, value: unknown): YAMLMap {
  const map = new YAMLMap()
  map.add({ key: new Scalar(key), value: value as Scalar })
  return map
}

function tagsFor(tag: string, key: string): (CollectionTag | ScalarTag)[] {
  return [
    { tag, resolve: (text) => ({ [key]: text }) },
    { tag, collection: 'seq', nodeClass: YAMLSeq, resolve: (seq) => wrapped(key, seq) },
    { tag, collection: 'map', nodeClass: YAMLMap, resolve: (map) => wrapped(key, map) },
  ]
}

const getAtt: (CollectionTag | ScalarTag)[] = [
  {
    tag: '!GetAtt',
    resolve(text) {
      const dot = text.indexOf('.')
      return { 'Fn::GetAtt': dot < 0 ? [text] : [text.slice(0, dot), text.slice(dot + 1)] }
    },
  },
  ...tagsFor('!GetAtt', 'Fn::GetAtt').slice(1),
]

const customTags: Tags = [
  ...shortForms.flatMap(([tag, key]) => tagsFor(tag, key)),
  ...tagsFor('!Ref', 'Ref').slice(0, 1),
  ...tagsFor('!Condition', 'Condition').slice(0, 1),
  ...getAtt,
]

function parseYaml(text: string): unknown {
  try {
    const lines = new LineCounter()
    const options = { schema: 'core', customTags, strict: true, merge: true, lineCounter: lines } as const
    // The library compares every key with every other.
    const document = parseDocument(text, { ...options, uniqueKeys: false })
    const problem = document.errors[0] ?? document.warnings[0]
    if (problem) {
      const at = problem.linePos?.[0]
      const detail = problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')
      throw invalid(
        `Template format error: YAML not well-formed.${at ? ` (line ${at.line}, column ${at.col})` : ''} ${detail}`,
      )
    }
    refuseTwins(document, lines)
    keepText(document)
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    if (error instanceof RangeError) throw invalid('Template format error: the template is nested too deeply.')
    if (isAwsError(error)) throw error
    // What the library finds only when it makes values: too many aliases, a merge of what is no map.
    throw invalid(`Template format error: ${error instanceof Error ? error.message : 'YAML not well-formed'}.`)
  }
}

/** Throws ValidationError for a map that has a key twice, saying where. */
function refuseTwins(document: ReturnType<typeof parseDocument>, lines: LineCounter): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        // Merge keys may be several: their value is no text.
        if (!isScalar(key) || typeof key.value === 'symbol') continue
        if (seen.has(key.value)) {
          const { line, col } = lines.linePos(key.range?.[0] ?? 0)
          throw invalid(
            `Template format error: YAML not well-formed. (line ${line}, column ${col}) Map keys must be unique`,
          )
        }
        seen.add(key.value)
      }
    },
  })
}

/** A number whose text would change on the way through becomes that text: types put it right later (schema.ts). */
function keepText(document: ReturnType<typeof parseDocument>): void {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'number' && node.source !== undefined && String(node.value) !== node.source) {
        node.value = node.source
      }
    },
  })
}

/** Throws ValidationError for nulls, and for what is too large or nested too deeply. */
export function checkShape(root: ValueMap): void {
  openShape()(root)
}

/** The same of something that comes in parts, which are together no larger than a template. */
export function openShape(): (part: ValueMap) => void {
  let values = 0
  const visitValue = (value: Value | null | undefined, path: string, depth: number): void => {
    values += 1
    if (depth > templateLimits.depth || values > templateLimits.values) {
      throw invalid(
        `Template format error: the template is too large or nested too deeply (at most ${templateLimits.depth} levels and ${templateLimits.values} values).`,
      )
    }
    if (value === null || value === undefined) {
      throw invalid(`[${path}] 'null' values are not allowed in templates`)
    }
    if (isList(value)) for (const [i, item] of value.entries()) visitValue(item, `${path}/${i}`, depth + 1)
    else if (isMap(value))
      for (const [key, item] of Object.entries(value)) visitValue(item, `${path}/${key}`, depth + 1)
  }
  return (part) => visitValue(part, '', 0)
}
