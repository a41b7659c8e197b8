import type { Host } from '../kernel/host.ts'
import type { Incoming } from './incoming.ts'
import type { Problem } from './problem.ts'
import { type Models, modelSource, type SchemaSource, violations } from './schema.ts'
import { parameter } from './variables.ts'

/**
 * What a method's request validator has against a request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 */
export async function validate(incoming: Incoming, host: Host): Promise<Problem | undefined> {
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
  const { models = {} } = stage
  if (!Object.hasOwn(models, model)) return undefined
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(wire.body).toString('utf8'))
  } catch {
    return { type: 'BAD_REQUEST_BODY', validation: '[Unknown error parsing request body]' }
  }
  const found = await violationsOf(models, model, value, host)
  return found.length > 0 ? { type: 'BAD_REQUEST_BODY', validation: `[${found.join(', ')}]` } : undefined
}

/** A body that takes longer has failed. */
const patternsMs = 250

/** Anybody may send a body, and the patterns of the API's owner may backtrack on it without end: those go to a worker. */
async function violationsOf(models: Models, model: string, value: unknown, host: Host): Promise<readonly string[]> {
  const { source, hasPatterns } = readModels(models)
  if (!hasPatterns) return violations(source.model(model), value, source)
  try {
    return await host.workers.run<string[]>('violations', { models, model, value }, { timeoutMs: patternsMs })
  } catch (error) {
    host.log.warn('gateway.body-not-validated', { model, error: (error as Error).message })
    return [`the body cannot be checked with the patterns of model ${model}`]
  }
}

interface ReadModels {
  readonly source: SchemaSource
  readonly hasPatterns: boolean
}

const known = new WeakMap<Models, ReadModels>()

/** Read once for as long as the stage stays as it is. */
function readModels(models: Models): ReadModels {
  let read = known.get(models)
  if (!read) {
    const source = modelSource(models)
    const hasPatterns = Object.keys(models).some((name) => JSON.stringify(source.model(name)).includes('"pattern'))
    read = { source, hasPatterns }
    known.set(models, read)
  }
  return read
}
