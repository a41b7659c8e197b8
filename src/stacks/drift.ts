import type { PropertyType, ResourceSchema } from '../kernel/model.ts'
import type { LiveProperties } from '../kernel/resource.ts'
import { tagsOfList } from '../kernel/tag-list.ts'
import { canonical, samePolicyText } from './drift-text.ts'
import { own, type ValueMap } from './value.ts'

/** One place where a resource is not what its template says, in the words of DescribeStackResourceDrifts. */
export interface PropertyDifference {
  /** `/Tags/0/Value` */
  readonly path: string
  readonly kind: 'ADD' | 'REMOVE' | 'NOT_EQUAL'
  readonly expected: unknown
  readonly actual: unknown
}

export interface Compared {
  readonly differences: readonly PropertyDifference[]
  /** Those properties that were compared, as they were applied and as they are. */
  readonly expected: Readonly<Record<string, unknown>>
  readonly actual: Readonly<Record<string, unknown>>
}

/** Lists longer than this (the product of both) are compared place by place. */
const mostPairs = 40_000
/** Of all lists of a resource, those within others included: then the rest are compared place by place. */
const mostPairsTogether = 200_000

/** What a comparison goes by. */
interface Comparing {
  readonly schema: ResourceSchema
  pairsLeft: number
}

/**
 * Compares what a template set with what there is. Only what the template sets counts, not what is there by default;
 * lists have no order; dynamic references are not looked at; tags of the stack itself are not the resource's.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
 */
export function compareLive(
  schema: ResourceSchema,
  expected: ValueMap,
  live: LiveProperties,
  stackTags: Readonly<Record<string, string>>,
): Compared {
  const out = { differences: [] as PropertyDifference[], expected: {} as Record<string, unknown> }
  const actual: Record<string, unknown> = {}
  const comparing = { schema, pairsLeft: mostPairsTogether }
  for (const [name, value] of Object.entries(expected)) {
    if (!Object.hasOwn(live, name) || hasDynamicReference(value)) continue
    const type = own(schema.properties, name)?.type ?? 'json'
    const tagged = schema.tags?.property === name
    const is = plain(tagged ? ownTags(live[name], value, stackTags) : live[name])
    out.expected[name] = value
    if (is !== undefined) actual[name] = is
    out.differences.push(...differencesOf(tagged ? plain(value) : value, is, type, `/${name}`, comparing))
  }
  return { ...out, actual }
}

function hasDynamicReference(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('{{resolve:')
  return typeof value === 'object' && value !== null && Object.values(value).some(hasDynamicReference)
}

/** Without the tags that the stack gave it, unless its template gives them too. In the form of the property. */
function ownTags(live: unknown, expected: unknown, stackTags: Readonly<Record<string, string>>): unknown {
  const is = Array.isArray(live) ? tagsOfList(live) : { ...(live as Record<string, string> | undefined) }
  const named: Readonly<Record<string, string>> = Array.isArray(expected)
    ? tagsOfList(expected)
    : { ...(expected as Record<string, string>) }
  const kept = Object.entries(is).filter(
    ([key, value]) => Object.hasOwn(named, key) || !(key.startsWith('aws:') || own(stackTags, key) === value),
  )
  return Array.isArray(expected) ? kept.map(([Key, Value]) => ({ Key, Value })) : Object.fromEntries(kept)
}

/** As JSON has it: dates are text, what is undefined is not there. */
function plain(value: unknown): unknown {
  return value === undefined || value === null ? undefined : JSON.parse(JSON.stringify(value))
}

function differencesOf(
  expected: unknown,
  actual: unknown,
  type: PropertyType,
  path: string,
  comparing: Comparing,
): PropertyDifference[] {
  const unequal = (): PropertyDifference[] => [{ path, kind: 'NOT_EQUAL', expected, actual }]
  if (actual === undefined) return isEmpty(expected) ? [] : [{ path, kind: 'REMOVE', expected, actual: null }]
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const item = typeof type === 'object' && 'list' in type ? type.list : 'json'
    return listDifferences(expected, actual, item, path, comparing)
  }
  if (isRecord(expected) && isRecord(actual)) {
    // A policy and the like: one thing, which may be written in several ways.
    if (type === 'json') return samePolicyText(expected, actual) ? [] : unequal()
    const members = typeof type === 'object' && 'ref' in type ? comparing.schema.definitions[type.ref] : undefined
    const inner = typeof type === 'object' && 'map' in type ? type.map : 'json'
    const found = Object.entries(expected).flatMap(([name, value]) =>
      differencesOf(
        value,
        own(actual, name),
        (members && own(members, name)?.type) ?? inner,
        `${path}/${name}`,
        comparing,
      ),
    )
    // Members with names of the schema have defaults; keys of a map do not come by themselves.
    if (members) return found
    const added = Object.keys(actual).filter((name) => !Object.hasOwn(expected, name))
    return [
      ...found,
      ...added.map((name) => ({
        path: `${path}/${name}`,
        kind: 'ADD' as const,
        expected: null,
        actual: actual[name],
      })),
    ]
  }
  return String(expected) === String(actual) || samePolicyText(expected, actual) ? [] : unequal()
}

/** Whether it is what a property is when it is not there. */
function isEmpty(value: unknown): boolean {
  if (value === '' || value === false) return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Pairs what is alike wherever it stands; what remains is compared in the order in which it stands. */
function listDifferences(
  expected: readonly unknown[],
  actual: readonly unknown[],
  item: PropertyType,
  path: string,
  comparing: Comparing,
): PropertyDifference[] {
  const rest = new Map(actual.map((value, index) => [index, value]))
  const places = Map.groupBy(rest.keys(), (index) => canonical(actual[index]))
  const unlike: number[] = []
  for (const [index, value] of expected.entries()) {
    const found = places.get(canonical(value))?.pop()
    if (found === undefined) unlike.push(index)
    else rest.delete(found)
  }
  comparing.pairsLeft -= expected.length + actual.length
  const alone: number[] = []
  const search = unlike.length * rest.size <= mostPairs
  for (const index of unlike) {
    const same = ([, other]: [number, unknown]) =>
      differencesOf(expected[index], other, item, path, comparing).length === 0
    const others =
      search && comparing.pairsLeft > 0
        ? [...rest]
        : rest.has(index)
          ? [[index, rest.get(index)] as [number, unknown]]
          : []
    comparing.pairsLeft -= others.length
    const found = others.find(same)?.[0]
    if (found === undefined) alone.push(index)
    else rest.delete(found)
  }
  const others = [...rest]
  const changed = alone.flatMap((index, at): PropertyDifference[] => {
    const other = others[at]
    return other
      ? differencesOf(expected[index], other[1], item, `${path}/${index}`, comparing)
      : [{ path: `${path}/${index}`, kind: 'REMOVE', expected: expected[index], actual: null }]
  })
  const added = others.slice(alone.length).map(
    ([index, value]): PropertyDifference => ({
      path: `${path}/${index}`,
      kind: 'ADD',
      expected: null,
      actual: value,
    }),
  )
  return [...changed, ...added]
}
