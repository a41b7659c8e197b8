import type { Processor } from '@aws-sdk/client-cloudwatch-logs'
import { type Fields, mergeAt, type Source, sizeOf, valueAt } from './fields.ts'
import { parseGrok } from './grok.ts'
import { mutators, type Step } from './mutators.ts'
import { csvOf, jsonOf, keyValues, NotTransformed } from './parsers.ts'
import { vendedParsers } from './vended.ts'

/** Events of one stream for a transformer. For a worker: a user's expressions may backtrack without end. */
export interface TransformBatch extends Omit<Source, 'message'> {
  /** JSON of its processors. */
  readonly config: string
  readonly messages: readonly string[]
}

const mostFields = 200
/** Of what is made of one batch: a few letters may be replaced by many. What comes after that stays as it came. */
const mostMade = 8 * 1024 * 1024

/** What a transformer makes of each message, as JSON text; undefined of one that it can make nothing of. */
export function transformBatch({ config, messages, ...about }: TransformBatch): (string | undefined)[] {
  const steps = (JSON.parse(config) as Processor[]).map(stepOf)
  let room = mostMade
  return messages.map((message) => {
    const made = madeOf(steps, { ...about, message })
    if (made === undefined || made.length > room) return undefined
    room -= made.length
    return made
  })
}

function madeOf(steps: readonly Step[], event: Source): string | undefined {
  const fields: Fields = {}
  try {
    for (const step of steps) {
      step(fields, event)
      if (sizeOf(fields) > mostMade) return undefined
    }
    return Object.keys(fields).length === 0 || countOf(fields) > mostFields ? undefined : JSON.stringify(fields)
  } catch (error) {
    // What is nested too deeply, or would become too long, is a RangeError.
    if (!(error instanceof NotTransformed || error instanceof RangeError)) throw error
    return undefined
  }
}

/** A processor, ready to be applied. Throws GrokError, DatePatternError or SyntaxError for one that cannot be. */
export function stepOf(processor: Processor): Step {
  const { parseJSON, csv, parseKeyValue, grok } = processor
  if (parseJSON)
    return (fields, event) => mergeAt(fields, parseJSON.destination, jsonOf(textAt(fields, parseJSON.source, event)))
  if (csv) return (fields, event) => mergeAt(fields, csv.destination, csvOf(textAt(fields, csv.source, event), csv))
  if (parseKeyValue)
    return (fields, event) => keyValues(textAt(fields, parseKeyValue.source, event), parseKeyValue, fields)
  if (grok) {
    const match = parseGrok(grok.match ?? '')
    return (fields, event) => mergeAt(fields, undefined, match(textAt(fields, grok.source, event)) ?? {})
  }
  for (const [name, parse] of Object.entries(vendedParsers))
    if (name in processor) return (fields, event) => mergeAt(fields, undefined, parse(event.message))
  return mutator(processor)
}

function mutator(processor: Processor): Step {
  const [name] = Object.keys(processor) as (keyof typeof mutators)[]
  const make = name === undefined ? undefined : (mutators[name] as ((settings: unknown) => Step) | undefined)
  if (!make || name === undefined) throw new NotTransformed(`there is no processor ${name}`)
  return make(processor[name])
}

function textAt(fields: Fields, key = '@message', event: Source): string {
  const value = valueAt(fields, key, event)
  if (typeof value !== 'string') throw new NotTransformed(`it has no text under ${key}`)
  return value
}

function countOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 1
  return Object.values(value).reduce((sum: number, one) => sum + countOf(one), 0)
}
