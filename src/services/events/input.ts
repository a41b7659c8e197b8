import { fillTemplate, templateTooLarge, valueAt } from '../../delivery/input-template.ts'
import type { AwsError } from '../../kernel/errors.ts'
import type { HttpParameters } from '../../kernel/events.ts'
import type { Target } from './state.ts'

export type Event = Readonly<Record<string, unknown>>

interface Origin {
  readonly ruleArn: string
  readonly ruleName: string
  readonly ingestedAt: string
}

/** As much as an event may have itself: a target that takes more there is not. */
const mostBytes = 1_048_576

/**
 * What a target gets of an event: the event, a part of it, a text of its own, or a template filled in. An error when that
 * is too large.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function inputFor(target: Target, event: Event, origin: Origin): string | AwsError {
  if (target.input !== undefined) return target.input
  if (target.inputPath !== undefined) return JSON.stringify(valueAt(event, target.inputPath) ?? null)
  if (!target.transformer) return JSON.stringify(event)
  const { paths, template } = target.transformer
  const found = new Map<string, unknown>(Object.entries(paths).map(([name, path]) => [name, valueAt(event, path)]))
  found.set('aws.events.rule-arn', origin.ruleArn)
  found.set('aws.events.rule-name', origin.ruleName)
  found.set('aws.events.event.ingestion-time', origin.ingestedAt)
  found.set('aws.events.event.json', event)
  const { detail: _, ...withoutDetail } = event
  found.set('aws.events.event', withoutDetail)
  const filled = fillTemplate(template, mostBytes, (name) => (found.has(name) ? { value: found.get(name) } : undefined))
  return filled ?? templateTooLarge(mostBytes)
}

/** The parameters of a request, whose values may be paths into the event (`$.detail.id`). */
export function httpFor({ pathValues, headers, query }: HttpParameters, event: Event): HttpParameters {
  const filled = (value: string): string => {
    if (!value.startsWith('$')) return value
    const found = valueAt(event, value) ?? ''
    return typeof found === 'string' ? found : JSON.stringify(found)
  }
  const all = (values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, filled(value)]))
  return { pathValues: pathValues?.map(filled) ?? [], headers: all(headers), query: all(query) }
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
