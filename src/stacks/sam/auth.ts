import { isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import { type Declared, methodOf, type Route, refuseOthers, samError, text } from './output.ts'

/** Who may call the methods of an API: its `Auth`. */
export interface ApiAuth {
  /** Security schemes of its definition, by name. */
  readonly schemes: ValueMap
  /** Methods may take signed requests. */
  readonly takesSigned: boolean
  /** The authorizer of methods that name none. */
  readonly usual: string | undefined
  /** Scopes that an authorizer asks for where a method asks for none. */
  readonly scopes: ReadonlyMap<string, Value>
  /** Methods need a key unless they say otherwise. */
  readonly keyRequired: boolean
  /** As whom methods that take signed requests call their function. */
  readonly invokeRole: Value | undefined
}

/** How authorizers of one kind of API are written. */
export interface Kind {
  readonly known: readonly string[]
  /** What an event may say. */
  readonly ofEvent: readonly string[]
  scheme(name: string, authorizer: ValueMap): ValueMap
}

/** The scheme of requests that are signed. */
export const signed = 'AWS_IAM'
const none = 'NONE'
const keyed = 'api_key'
const signedScheme = {
  ...{ type: 'apiKey', name: 'Authorization', in: 'header' },
  'x-amazon-apigateway-authtype': 'awsSigv4',
}

/**
 * Reads an API's `Auth`. Throws ValidationError.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-controlling-access-to-apis.html
 */
export function readAuth({ id, properties }: Declared, kind: Kind): ApiAuth {
  const given = own(properties, 'Auth')
  if (given !== undefined && !isMap(given)) throw samError(id, "Property 'Auth' should be a map.")
  const auth: ValueMap = given ?? {}
  refuseOthers(id, auth, kind.known, 'Auth.')
  if (given !== undefined && own(properties, 'DefinitionUri') !== undefined)
    throw samError(id, "Auth works only with inline Swagger specified in 'DefinitionBody' property.")
  const authorizers = own(auth, 'Authorizers') ?? {}
  if (!isMap(authorizers)) throw samError(id, "Property 'Auth.Authorizers' should be a map.")
  const usual = own(auth, 'DefaultAuthorizer')
  if (usual !== undefined && typeof usual !== 'string') throw samError(id, 'DefaultAuthorizer is not a string.')
  const schemes: [string, Value][] = []
  const scopes = new Map<string, Value>()
  for (const [name, authorizer] of Object.entries(authorizers)) {
    if (!isMap(authorizer)) throw samError(id, `Property 'Authorizers.${name}' should be a map.`)
    schemes.push([name, kind.scheme(name, authorizer)])
    const asked = own(authorizer, 'AuthorizationScopes')
    if (asked !== undefined && !isList(asked))
      throw samError(id, `Property 'Authorizers.${name}.AuthorizationScopes' should be a list.`)
    if (asked !== undefined) scopes.set(name, asked)
  }
  // REST APIs always can; HTTP APIs when they are told to.
  const toldTo = own(auth, 'EnableIamAuthorizer') === true
  const takesSigned = toldTo || !kind.known.includes('EnableIamAuthorizer')
  const named = [...schemes.map(([name]) => name), ...(takesSigned ? [signed] : [])]
  if (usual !== undefined && usual !== none && !named.includes(usual))
    throw samError(id, `Unable to set DefaultAuthorizer because '${usual}' was not defined in 'Authorizers'.`)
  return {
    schemes: { ...(toldTo ? { [signed]: signedScheme } : {}), ...Object.fromEntries(schemes) },
    takesSigned,
    usual,
    scopes,
    keyRequired: own(auth, 'ApiKeyRequired') === true,
    invokeRole: own(auth, 'InvokeRole'),
  }
}

/**
 * The definition with who may call each of its methods. A method that says so itself is left as it is. Throws
 * ValidationError for methods that cannot be seen: they would be open to all.
 */
export function withAuth(body: ValueMap, id: string, auth: ApiAuth, kind: Kind, routes: readonly Route[]): ValueMap {
  const used = new Set<string>()
  const paths = own(body, 'paths') ?? {}
  const secures = auth.usual !== undefined || auth.keyRequired
  const unseen = (what: string) =>
    samError(
      id,
      `Unable to add Auth configuration because 'DefinitionBody' does not contain a valid Swagger definition: ${what} is made by a function.`,
    )
  if (!isMap(paths)) throw unseen('paths')
  const secured = Object.entries(paths).map(([path, item]) => {
    if (secures && (path.startsWith('Fn::') || isMadeByFunction(item))) throw unseen(path)
    if (!isMap(item)) return [path, item] as const
    const methods = Object.entries(item).map(([name, method]): [string, Value] => {
      if (secures && isMethod(name) && isMadeByFunction(method)) throw unseen(`${path} ${name}`)
      if (!isMethod(name) || !isMap(method)) return [name, method]
      const route = routes.find((one) => one.path === path && methodOf(one) === name)
      return [name, securedMethod(method, { id, route, name, auth, kind, used, event: eventOf(route, kind) })]
    })
    return [path, Object.fromEntries(methods)] as const
  })
  const schemes: ValueMap = {
    ...(used.has(signed) ? { [signed]: signedScheme } : {}),
    ...auth.schemes,
    ...(used.has(keyed) ? { [keyed]: { type: 'apiKey', name: 'x-api-key', in: 'header' } } : {}),
  }
  const found = secured.length === 0 ? body : { ...body, paths: Object.fromEntries(secured) }
  return Object.keys(schemes).length === 0 ? found : withSchemes(found, schemes)
}

function withSchemes(body: ValueMap, schemes: ValueMap): ValueMap {
  const merged = (holder: Value | undefined) => ({ ...(isMap(holder) ? holder : {}), ...schemes })
  if (own(body, 'openapi') === undefined)
    return { ...body, securityDefinitions: merged(own(body, 'securityDefinitions')) }
  const components = own(body, 'components')
  const before: ValueMap = isMap(components) ? components : {}
  return { ...body, components: { ...before, securitySchemes: merged(own(before, 'securitySchemes')) } }
}

const isMadeByFunction = (value: Value) => !isMap(value) || Object.keys(value).some((key) => /^(?:Ref$|Fn::)/.test(key))
const isMethod = (name: string) =>
  /^(?:get|put|post|delete|options|head|patch|x-amazon-apigateway-any-method)$/.test(name)

interface Place {
  readonly id: string
  readonly route: Route | undefined
  /** The member of the path that the method is. */
  readonly name: string
  readonly auth: ApiAuth
  readonly kind: Kind
  readonly used: Set<string>
  readonly event: ValueMap
}

/** What an event says of who may call its route. */
function eventOf(route: Route | undefined, kind: Kind): ValueMap {
  const given = route?.auth
  if (!route || given === undefined) return {}
  if (!isMap(given))
    throw samError(route.functionId, `Event with id [${route.eventName}] is invalid. 'Auth' should be a map.`)
  refuseOthers(route.functionId, given, kind.ofEvent, `Events.${route.eventName}.Auth.`)
  return given
}

function securedMethod(method: ValueMap, place: Place): ValueMap {
  const { auth, event, used, kind, name } = place
  if (own(method, 'security') !== undefined) {
    if (Object.keys(event).length === 0) return method
    const what = "Auth of an event whose method has 'security' in DefinitionBody"
    throw samError(place.id, `${what} is not supported by Landfall yet.`)
  }
  const said = authorizerOf(place)
  // Browsers ask what they may do before they sign in: of HTTP APIs they may.
  const spared = auth.usual === none || (kind.known.includes('EnableIamAuthorizer') && name === 'options')
  const authorizer = said ?? (spared ? undefined : auth.usual)
  const security: ValueMap[] = []
  if (authorizer !== undefined) {
    used.add(authorizer)
    const asked = own(event, 'AuthorizationScopes') ?? auth.scopes.get(authorizer) ?? []
    security.push({ [authorizer]: authorizer === none || authorizer === signed ? [] : asked })
  }
  const needsKey = own(event, 'ApiKeyRequired') ?? auth.keyRequired
  if (needsKey === true) {
    used.add(keyed)
    security.push({ [keyed]: [] })
  }
  const role = authorizer === signed ? invokeRole(place) : undefined
  const integration = own(method, 'x-amazon-apigateway-integration')
  return {
    ...method,
    ...(security.length === 0 && needsKey === auth.keyRequired ? {} : { security }),
    ...(role !== undefined && isMap(integration)
      ? { 'x-amazon-apigateway-integration': { ...integration, credentials: role } }
      : {}),
  }
}

/** The authorizer that an event names. */
function authorizerOf({ route, auth, event }: Place): string | undefined {
  const given = own(event, 'Authorizer')
  if (given === undefined || !route) return undefined
  const wrong = (why: string) => {
    const what = `Unable to set Authorizer [${text(event, 'Authorizer')}] on API method [${methodOf(route)}] for path [${route.path}]`
    return samError(route.functionId, `Event with id [${route.eventName}] is invalid. ${what} because ${why}`)
  }
  if (given === none && auth.usual === undefined)
    throw wrong("'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.")
  if (given === none) return none
  if (typeof given !== 'string' || !(Object.hasOwn(auth.schemes, given) || (given === signed && auth.takesSigned)))
    throw wrong("it wasn't defined in the API's Authorizers.")
  return given
}

/** A role that calls the function, of a method that takes signed requests. */
function invokeRole({ id, auth, kind, event }: Place): Value | undefined {
  if (!kind.known.includes('InvokeRole')) return undefined
  const role = own(event, 'InvokeRole') ?? auth.invokeRole ?? 'CALLER_CREDENTIALS'
  if (role === 'CALLER_CREDENTIALS')
    throw samError(
      id,
      'InvokeRole CALLER_CREDENTIALS, which Authorizer AWS_IAM has unless told otherwise, is not supported by Landfall yet. Set InvokeRole to NONE, or to the ARN of a role.',
    )
  return role === none ? undefined : role
}
