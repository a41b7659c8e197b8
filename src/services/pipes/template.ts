import { fillTemplate, templateTooLarge, valueAt } from '../../delivery/input-template.ts'
import type { Scope } from '../../kernel/records.ts'
import { pipeArn } from './names.ts'
import type { Pipe } from './state.ts'

/** As much as a function is called with. */
const mostBytes = 6_291_456

/** An event in a pipe: as it came from the source, or from the enrichment. */
export type PipeEvent = unknown

/**
 * What the enrichment or the target gets of an event: the event, or a template filled in with its values and the
 * reserved variables. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
 */
export function transformed(
  template: string | undefined,
  event: PipeEvent,
  { pipe, scope, atMs }: { readonly pipe: Pipe; readonly scope: Scope; readonly atMs: number },
): PipeEvent {
  if (!template) return event
  const parsed = bodyParsed(event)
  const reserved: Readonly<Record<string, unknown>> = {
    'aws.pipes.pipe-arn': pipeArn(scope, pipe.name),
    'aws.pipes.pipe-name': pipe.name,
    'aws.pipes.source-arn': pipe.source,
    'aws.pipes.enrichment-arn': pipe.enrichment,
    'aws.pipes.target-arn': pipe.target,
    'aws.pipes.event.ingestion-time': new Date(atMs).toISOString(),
    'aws.pipes.event': event,
    'aws.pipes.event.json': parsed,
  }
  const text = fillTemplate(template, mostBytes, (name) => {
    if (Object.hasOwn(reserved, name)) return { value: reserved[name] }
    return name.startsWith('$') ? { value: valueAt(parsed, name) } : undefined
  })
  if (text === undefined) throw templateTooLarge(mostBytes)
  return parsedOr(text, text)
}

/** A value that may be a path into the event (`$.body.id`). */
export function dynamic(value: string | undefined, event: PipeEvent): string | undefined {
  if (value === undefined || !value.startsWith('$')) return value
  return textOf(valueAt(bodyParsed(event), value) ?? '')
}

/** As text: a string as it is, anything else as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The event with its body read, or its data, where that is JSON: paths may go into it. */
function bodyParsed(event: PipeEvent): unknown {
  if (typeof event !== 'object' || event === null) return event
  if ('body' in event && typeof event.body === 'string') return { ...event, body: parsedOr(event.body, event.body) }
  if ('data' in event && typeof event.data === 'string') {
    return { ...event, data: parsedOr(Buffer.from(event.data, 'base64').toString('utf8'), event.data) }
  }
  return event
}

function parsedOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return otherwise
  }
}
