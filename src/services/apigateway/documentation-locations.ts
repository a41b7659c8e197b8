import { createHash } from 'node:crypto'
import { badRequest } from './find.ts'
import type { DocumentationLocation } from './state.ts'

type Type = DocumentationLocation['type']
type Field = 'path' | 'method' | 'statusCode' | 'name'

const below = ['path', 'method'] as const
const response = [...below, 'statusCode'] as const

/** What says where a thing of each type stands. https://docs.aws.amazon.com/apigateway/latest/api/API_DocumentationPartLocation.html */
const fields: Readonly<Record<Type, readonly Field[]>> = {
  API: [],
  AUTHORIZER: ['name'],
  MODEL: ['name'],
  RESOURCE: ['path'],
  METHOD: below,
  PATH_PARAMETER: [...below, 'name'],
  QUERY_PARAMETER: [...below, 'name'],
  REQUEST_HEADER: [...below, 'name'],
  REQUEST_BODY: below,
  RESPONSE: response,
  RESPONSE_HEADER: [...response, 'name'],
  RESPONSE_BODY: response,
}
const defaults: Readonly<Partial<Record<Field, string>>> = { path: '/', method: '*', statusCode: '*' }

const isType = (type: unknown): type is Type => typeof type === 'string' && Object.hasOwn(fields, type)

/** A location as it is given, with what a field stands for when it is left out. Throws BadRequestException. */
export function checkedLocation(given: Readonly<Record<string, unknown>>): DocumentationLocation {
  const { type } = given
  if (!isType(type))
    throw badRequest(`Invalid documentation part location type: must be ${Object.keys(fields).join(', ')}.`)
  const location: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (name === 'type' || value === undefined || value === null) continue
    if (!fields[type].some((field) => field === name))
      throw badRequest(
        `A documentation part location of the type ${type} can't have the field '${name.slice(0, 100)}'.`,
      )
    // Documents write a status as a number, too.
    if (typeof value !== 'string' && typeof value !== 'number')
      throw badRequest(`The field '${name}' of a documentation part location must be a text.`)
    location[name] = String(value)
  }
  for (const field of fields[type]) {
    const value = location[field] ?? defaults[field]
    if (value === undefined) throw badRequest(`A documentation part location of the type ${type} needs a ${field}.`)
    location[field] = value
  }
  return { type, ...location }
}

/** The same for the same location, whatever the order of its fields; short, however long they are. */
export function placeOf({ type, path = '', method = '', statusCode = '', name = '' }: DocumentationLocation): string {
  return createHash('sha256')
    .update(JSON.stringify([type, path, method, statusCode, name]))
    .digest('base64url')
}
