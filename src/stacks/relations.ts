import type { ResourceState } from '../kernel/resource.ts'

/**
 * Which resource a property of another names. An ARN or a URL says it by itself; a plain name or id says it where its
 * property is called after the other's type (`FunctionName`, `VpcId`, `Roles`): names are not unique among types.
 */

/** A value by which others name a resource. */
export interface KnownAs {
  readonly value: string
  /** Answered by Fn::GetAtt of this attribute; absent: by Ref. */
  readonly attribute?: string
}

/** A text among the properties of a resource that may name another one. */
export interface Mention {
  readonly value: string
  /** Of a plain name: what its property is called after, in lower case. */
  readonly kind?: string
}

const longest = 1_024
const deepest = 16

/** The values that name a resource of that type, and what answers each in a template. */
export function knownAs(type: string, state: ResourceState): readonly KnownAs[] {
  const out = new Map<string, KnownAs>()
  const note = (value: unknown, attribute?: string) => {
    if (typeof value !== 'string' || value === '' || value.length > longest || out.has(value)) return
    out.set(value, { value, ...(attribute !== undefined && { attribute }) })
  }
  note(state.ref ?? state.id)
  // What is named otherwise belongs to another resource: a subnet's VpcId is the network's.
  for (const [name, value] of Object.entries(state.attributes ?? {})) {
    const of = /^(.*)(?:Arn|Id|Name|Url)$/.exec(name)?.[1]?.toLowerCase()
    if (of !== undefined && kindOf(type).endsWith(of)) note(value, name)
  }
  return [...out.values()]
}

/** The texts of properties that may name others; at most `limit`. */
export function mentionsOf(properties: unknown, limit: number): readonly Mention[] {
  const out = new Map<string, Mention>()
  walk(properties, undefined, 0, (value, key) => {
    const mention = mentionOf(value, key)
    if (mention && out.size < limit) out.set(`${mention.kind} ${mention.value}`, mention)
  })
  return [...out.values()]
}

/** The mention that one text is, given the name of the property (of the list) that it is in. */
export function mentionOf(text: string, key: string | undefined): Mention | undefined {
  if (text.length < 2 || text.length > longest) return undefined
  // A policy's resources are what is in a bucket, or the streams of a log group.
  if (/^arn:|^https?:/.test(text)) return { value: text.replace(/(?::\*|\/\*)$/, '') }
  const kind = key
    ?.replace(/s$/, '')
    .replace(/(?:Arn|Id|Name|Url)$/, '')
    .toLowerCase()
  return kind ? { value: text, kind } : undefined
}

/** Whether a mention can be of a resource of that type. */
export function canName({ kind }: Pick<Mention, 'kind'>, type: string): boolean {
  return kind === undefined || kindOf(type).endsWith(kind) || kind.endsWith(kindOf(type))
}

const kindOf = (type: string): string => (type.split('::').at(-1) ?? '').toLowerCase()

function walk(
  value: unknown,
  key: string | undefined,
  depth: number,
  visit: (text: string, key?: string) => void,
): void {
  if (typeof value === 'string') {
    const document = documentIn(value)
    if (document === undefined) visit(value, key)
    else walk(document, key, depth + 1, visit)
  } else if (typeof value === 'object' && value !== null && depth < deepest) {
    for (const [name, item] of Object.entries(value)) walk(item, Array.isArray(value) ? key : name, depth + 1, visit)
  }
}

/** The JSON document that a text is, as services answer policies. */
export function documentIn(text: string): unknown {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
