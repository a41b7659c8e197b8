import { parse } from 'yaml'
import { awsError, isAwsError } from '../kernel/errors.ts'
import { nestsWithin } from '../kernel/nesting.ts'
import { decodePath } from './event-v2.ts'
import { mostLevels } from './nesting.ts'

/** A part of a document: what it holds is looked at when it is used. */
export type Part = Readonly<Record<string, unknown>>

const mostBytes = 2_000_000
const deepest = 64

/** An OpenAPI (2.0 or 3.0.x) document, JSON or YAML, as it is written. Throws BadRequestException. */
export function openApi(text: string): Part {
  if (Buffer.byteLength(text) > mostBytes) throw bad(`The document is larger than ${mostBytes} bytes.`)
  let document: unknown
  try {
    document = /^\s*\{/.test(text) ? JSON.parse(text) : parse(text, { maxAliasCount: 100 })
  } catch (error) {
    throw bad(`Unable to parse API definition: ${error instanceof Error ? error.message.slice(0, 300) : ''}`)
  }
  if (!isPart(document)) throw bad('Unable to parse API definition: it is no object.')
  if (!nestsWithin(document, mostLevels))
    throw bad(`Unable to parse API definition: it is nested deeper than ${mostLevels} levels.`)
  const version = String(document.openapi ?? document.swagger ?? '')
  if (!/^(2\.0|3\.0(\.\d+)?)$/.test(version))
    throw bad(`Unable to parse API definition: swagger must be 2.0 or openapi 3.0.x, not '${version.slice(0, 50)}'.`)
  return document
}

export function isPart(value: unknown): value is Part {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** The part at a name, empty when there is none; followed through a reference into the document. */
export function part(document: Part, holder: Part, name: string): Part {
  return follow(document, Object.hasOwn(holder, name) ? holder[name] : undefined)
}

/** What a reference (`{"$ref": "#/components/…"}`) leads to; anything else as it is. Empty for what is no part. */
export function follow(document: Part, given: unknown, depth = 0): Part {
  if (!isPart(given)) return {}
  if (typeof given.$ref !== 'string') return given
  if (depth > deepest || !given.$ref.startsWith('#/')) throw bad(`Invalid reference ${given.$ref.slice(0, 200)}.`)
  let found: unknown = document
  for (const step of given.$ref.slice(2).split('/')) {
    const key = decodePath(step).replaceAll('~1', '/').replaceAll('~0', '~')
    found = isPart(found) && Object.hasOwn(found, key) ? found[key] : undefined
  }
  if (found === undefined) throw bad(`Invalid reference ${given.$ref.slice(0, 200)}: it leads nowhere.`)
  return follow(document, found, depth + 1)
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

/** The texts of a map, as they are. */
export function texts(value: unknown): Record<string, string> | undefined {
  if (!isPart(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)]),
  )
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'x-amazon-apigateway-any-method']

export interface DocumentedOperation {
  readonly path: string
  /** `GET`, …, `ANY` */
  readonly method: string
  readonly operation: Part
  /** Of the path and the operation. */
  readonly parameters: readonly Part[]
}

/** Every operation of a document. */
export function operationsOf(document: Part): DocumentedOperation[] {
  return Object.keys(part(document, document, 'paths')).flatMap((path) => {
    const item = part(document, part(document, document, 'paths'), path)
    const shared = list(item.parameters).map((one) => follow(document, one))
    return methods.flatMap((name) => {
      if (!isPart(item[name])) return []
      const operation = item[name]
      return [
        {
          path,
          method: name.startsWith('x-') ? 'ANY' : name.toUpperCase(),
          operation,
          parameters: [...shared, ...list(operation.parameters).map((one) => follow(document, one))],
        },
      ]
    })
  })
}

/** The security schemes that an operation asks for, by name, with their scopes. */
export function securityOf(document: Part, operation: Part): { name: string; scheme: Part; scopes: string[] }[] {
  const schemes = document.swagger
    ? part(document, document, 'securityDefinitions')
    : part(document, part(document, document, 'components'), 'securitySchemes')
  return list(operation.security ?? document.security).flatMap((one) =>
    Object.entries(isPart(one) ? one : {}).flatMap(([name, scopes]) => {
      // The serverless transform's name for no authorizer.
      if (name === 'NONE' && !Object.hasOwn(schemes, name)) return []
      if (!Object.hasOwn(schemes, name)) throw bad(`Security scheme ${name.slice(0, 100)} is not defined.`)
      return [{ name, scheme: part(document, schemes, name), scopes: list(scopes).map(String) }]
    }),
  )
}

/** The authorizers that a document defines, by the name of their security scheme. */
export function authorizersOf(document: Part): Map<string, { scheme: Part; authorizer: Part }> {
  const schemes = document.swagger
    ? part(document, document, 'securityDefinitions')
    : part(document, part(document, document, 'components'), 'securitySchemes')
  const all = new Map<string, { scheme: Part; authorizer: Part }>()
  for (const name of Object.keys(schemes)) {
    const scheme = part(document, schemes, name)
    const authorizer = part(document, scheme, 'x-amazon-apigateway-authorizer')
    if (Object.keys(authorizer).length > 0) all.set(name, { scheme, authorizer })
  }
  return all
}

/**
 * The roles that a document hands over. None of a document that cannot be read: who may import is told why, others
 * are denied.
 */
export function rolesOf(document: string): string[] {
  try {
    return rolesIn(openApi(document))
  } catch (error) {
    if (!isAwsError(error)) throw error
    return []
  }
}

function rolesIn(document: Part): string[] {
  const roles = new Set<string>()
  for (const { operation } of operationsOf(document)) {
    const role = text(part(document, operation, 'x-amazon-apigateway-integration').credentials)
    if (role !== undefined) roles.add(role)
  }
  for (const { authorizer } of authorizersOf(document).values()) {
    const role = text(authorizer.authorizerCredentials)
    if (role !== undefined) roles.add(role)
  }
  return [...roles]
}

export function bad(message: string) {
  return awsError('BadRequestException', message)
}
