import { isPart, type Part } from '../../../gateway/openapi.ts'
import type { Host } from '../../../kernel/host.ts'
import { nestsWithin } from '../../../kernel/nesting.ts'
import type { Principal } from '../../../kernel/principal.ts'
import type { Scope } from '../../../kernel/records.ts'
import { badRequest } from '../find.ts'
import { type DocumentationPart, documented, documentedModel, listOf, partOf } from './documented.ts'
import type { EndpointPage } from './state.ts'

/** In whose name APIs are read: they must be allowed to, as for an export of the stage. */
export interface Reading {
  readonly host: Host
  readonly scope: Scope
  readonly principal: Principal
  readonly signal: AbortSignal
}

/** A record holds one, and a page shows it. */
const mostBytes = 500_000
/** Models nested deeper would make pages of hundreds of times their size: each line is indented. */
const mostLevels = 50

/** Exports kept while pages are read, which mostly come API by API: each may have megabytes. */
const mostStages = 4

/** What a stage says of itself, asked for once for as many pages of it as follow each other. */
export function stageReader({ host, scope, principal, signal }: Reading): (page: EndpointPage) => Promise<string> {
  const known = new Map<string, Promise<Part>>()
  const read = async (restApiId: string, stageName: string): Promise<Part> => {
    const { body } = await host.invoke<{ body: Uint8Array }>(
      'apigateway:GetExport',
      { restApiId, stageName, exportType: 'oas30', parameters: { extensions: 'documentation' } },
      { as: principal, scope, signal },
    )
    return JSON.parse(Buffer.from(body).toString()) as Part
  }
  return async (page) => {
    const key = `${page.restApiId}/${page.stage}`
    const said = known.get(key) ?? read(page.restApiId, page.stage)
    known.delete(key)
    known.set(key, said)
    if (known.size > mostStages) known.delete(known.keys().next().value ?? '')
    return documentOf(await said, page)
  }
}

/**
 * An OpenAPI document of the page's method alone: its operation, documented, with the models and security schemes that
 * it names. Throws BadRequestException when the stage has no such method.
 */
export function documentOf(whole: Part, { path, method }: EndpointPage): string {
  const operations = partOf(partOf(whole.paths)[path])
  const key = Object.hasOwn(operations, method.toLowerCase()) ? method.toLowerCase() : 'x-amazon-apigateway-any-method'
  const operation = operations[key]
  if (!isPart(operation))
    throw badRequest(`The stage has no method ${method} of the path ${path.slice(0, 300)}: is it deployed?`)
  const parts = listOf(partOf(whole['x-amazon-apigateway-documentation']).documentationParts).map(
    (one): DocumentationPart => ({
      location: partOf(one.location) as DocumentationPart['location'],
      properties: partOf(one.properties),
    }),
  )
  const { schemas, securitySchemes } = partOf(whole.components)
  const described = documented(operation, parts, path, method)
  const models = named(described, partOf(schemas))
  const schemasNamed = Object.fromEntries(
    [...models].map((name) => [name, documentedModel(partOf(partOf(schemas)[name]), parts, name)]),
  )
  if (!nestsWithin(described, mostLevels) || !nestsWithin(schemasNamed, mostLevels))
    throw badRequest(`What the API says of ${method} ${path.slice(0, 300)} is nested deeper than ${mostLevels} levels.`)
  const text = JSON.stringify({
    openapi: whole.openapi,
    info: whole.info,
    paths: { [path]: { [key]: described } },
    components: {
      schemas: schemasNamed,
      securitySchemes: Object.fromEntries(
        listOf(described.security)
          .flatMap((one) => Object.keys(one))
          .map((name) => [name, partOf(securitySchemes)[name]]),
      ),
    },
  })
  if (Buffer.byteLength(text) > mostBytes)
    throw badRequest(`What the API says of ${method} ${path.slice(0, 300)} is larger than ${mostBytes} bytes.`)
  return text
}

/** The models that an operation names, and those that they name. */
function named(operation: Part, schemas: Part): Set<string> {
  const found = new Set<string>()
  const waiting: unknown[] = [operation]
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    for (const [, name = ''] of JSON.stringify(one).matchAll(/"\$ref":"#\/components\/schemas\/([\w.-]+)"/g)) {
      if (found.has(name) || !Object.hasOwn(schemas, name)) continue
      found.add(name)
      waiting.push(schemas[name])
    }
  }
  return found
}
