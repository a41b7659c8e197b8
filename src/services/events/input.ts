import type { Target } from './state.ts'

export type Event = Readonly<Record<string, unknown>>

interface Origin {
  readonly ruleArn: string
  readonly ruleName: string
  readonly ingestedAt: string
}

/**
 * What a target gets of an event: the event, a part of it, a text of its own, or a template filled in.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function inputFor(target: Target, event: Event, origin: Origin): string {
  if (target.input !== undefined) return target.input
  if (target.inputPath !== undefined) return JSON.stringify(at(event, target.inputPath) ?? null)
  if (!target.transformer) return JSON.stringify(event)
  const { paths, template } = target.transformer
  const found = new Map<string, unknown>(Object.entries(paths).map(([name, path]) => [name, at(event, path)]))
  found.set('aws.events.rule-arn', origin.ruleArn)
  found.set('aws.events.rule-name', origin.ruleName)
  found.set('aws.events.event.ingestion-time', origin.ingestedAt)
  found.set('aws.events.event.json', event)
  const { detail: _, ...withoutDetail } = event
  found.set('aws.events.event', withoutDetail)
  return fill(template, found)
}

const reserved = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event.json',
  'aws.events.event',
]

/** A name in a template that stands for nothing. */
export function unknownName(template: string, paths: Readonly<Record<string, string>>): string | undefined {
  const names = [...template.matchAll(/<([A-Za-z0-9_.-]+)>/g)].map(([, name = '']) => name)
  return names.find((name) => !Object.hasOwn(paths, name) && !reserved.includes(name))
}

/** In a string of the template a value is text; outside of strings it is JSON. */
function fill(template: string, found: ReadonlyMap<string, unknown>): string {
  let out = ''
  let quoted = false
  for (let index = 0; index < template.length; index++) {
    const character = template[index] ?? ''
    if (character === '\\' && quoted) {
      out += character + (template[++index] ?? '')
      continue
    }
    const name = character === '<' ? /^<([A-Za-z0-9_.-]+)>/.exec(template.slice(index, index + 300))?.[1] : undefined
    if (name !== undefined && found.has(name)) {
      out += quoted ? asText(found.get(name)) : (JSON.stringify(found.get(name)) ?? 'null')
      index += name.length + 1
      continue
    }
    if (character === '"') quoted = !quoted
    out += character
  }
  return out
}

function asText(value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return JSON.stringify(text).slice(1, -1)
}

const step = /^(?:\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]|\[\*\])/

/** The parts of a path (`$.detail.items[0].name`); undefined when it is none. `*` is every element. */
export function parsePath(path: string): (string | number)[] | undefined {
  if (!path.startsWith('$')) return undefined
  const parts: (string | number)[] = []
  for (let rest = path.slice(1); rest !== ''; ) {
    const found = step.exec(rest)
    if (!found) return undefined
    parts.push(found[2] !== undefined ? Number(found[2]) : (found[1] ?? found[3] ?? '*'))
    rest = rest.slice(found[0].length)
  }
  return parts
}

/** The value at a path; undefined when there is none. */
function at(event: unknown, path: string): unknown {
  return walk(event, parsePath(path) ?? [])
}

function walk(value: unknown, [part, ...rest]: readonly (string | number)[]): unknown {
  if (part === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    if (part === '*') return value.map((one) => walk(one, rest))
    return typeof part === 'number' ? walk(value[part], rest) : undefined
  }
  return Object.hasOwn(value, part) ? walk((value as Record<string, unknown>)[part], rest) : undefined
}
