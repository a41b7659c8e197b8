import type { Incoming } from './incoming.ts'
import type { Problem } from './problem.ts'
import { violations } from './schema.ts'
import type { DeployedStage } from './state.ts'
import { parameter } from './variables.ts'

/**
 * What a method's request validator has against a request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 */
export function validate(incoming: Incoming): Problem | undefined {
  const { stage, route, wire } = incoming
  if (!route.validation) return undefined
  const missing = route.validation.required.filter((name) => !parameter(incoming, name))
  if (missing.length > 0) {
    const names = missing.map((name) => name.split('.').slice(3).join('.')).join(', ')
    return { type: 'BAD_REQUEST_PARAMETERS', message: `Missing required request parameters: [${names}]` }
  }
  const { bodies } = route.validation
  if (!bodies) return undefined
  const contentType = wire.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() || 'application/json'
  const model = Object.hasOwn(bodies, contentType) ? bodies[contentType] : bodies.$default
  if (model === undefined) return undefined
  const schema = schemaOf(stage, model)
  if (schema === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(wire.body).toString('utf8'))
  } catch {
    return { type: 'BAD_REQUEST_BODY', validation: '[Unknown error parsing request body]' }
  }
  const found = violations(schema, value, { model: (name) => schemaOf(stage, name) })
  return found.length > 0 ? { type: 'BAD_REQUEST_BODY', validation: `[${found.join(', ')}]` } : undefined
}

const parsed = new WeakMap<object, Map<string, unknown>>()

/** A model's schema, read once for as long as the stage stays as it is. */
function schemaOf({ models = {} }: Pick<DeployedStage, 'models'>, name: string): unknown {
  if (!Object.hasOwn(models, name)) return undefined
  const known = parsed.get(models) ?? new Map<string, unknown>()
  parsed.set(models, known)
  if (!known.has(name)) {
    const text = models[name] ?? ''
    // Checked when it was stored; an empty one says nothing.
    known.set(name, text === '' ? {} : JSON.parse(text))
  }
  return known.get(name)
}
