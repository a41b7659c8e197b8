import { awsError } from '../../kernel/errors.ts'
import { invalid } from './names.ts'
import type { Connection } from './state.ts'

/** One more header, query parameter or member of the body of every request. */
export interface Added {
  readonly Key?: string
  readonly Value?: string
  readonly IsValueSecret?: boolean
}

export interface AddedParameters {
  readonly HeaderParameters?: readonly Added[]
  readonly QueryStringParameters?: readonly Added[]
  readonly BodyParameters?: readonly Added[]
}

export interface OAuthParameters {
  readonly ClientParameters?: { readonly ClientID?: string; readonly ClientSecret?: string }
  readonly AuthorizationEndpoint?: string
  readonly HttpMethod?: string
  readonly OAuthHttpParameters?: AddedParameters
}

/** As the API takes them, and as the secret keeps them. */
export interface AuthParameters {
  readonly BasicAuthParameters?: { readonly Username?: string; readonly Password?: string }
  readonly ApiKeyAuthParameters?: { readonly ApiKeyName?: string; readonly ApiKeyValue?: string }
  readonly OAuthParameters?: OAuthParameters
  readonly InvocationHttpParameters?: AddedParameters
}

const groups = {
  BASIC: 'BasicAuthParameters',
  API_KEY: 'ApiKeyAuthParameters',
  OAUTH_CLIENT_CREDENTIALS: 'OAuthParameters',
} as const

/** Throws ValidationException unless the parameters are those of that kind of authorization. */
export function checkAuth(type: Connection['type'], given: AuthParameters & { ConnectivityParameters?: object }): void {
  if (given.ConnectivityParameters) throw invalid('AuthParameters.ConnectivityParameters is not supported by Landfall.')
  for (const [of, group] of Object.entries(groups)) {
    if ((given[group] !== undefined) === (of === type)) continue
    throw invalid(`AuthParameters.${group} goes with the AuthorizationType ${of}, which needs it.`)
  }
  if (type !== 'OAUTH_CLIENT_CREDENTIALS') return
  const { AuthorizationEndpoint = '', ClientParameters } = given.OAuthParameters ?? {}
  checkEndpoint('AuthorizationEndpoint', AuthorizationEndpoint)
  if (!ClientParameters?.ClientID || !ClientParameters.ClientSecret) {
    throw invalid('OAuthParameters.ClientParameters needs a ClientID and a ClientSecret.')
  }
}

/** The real service takes https alone; here what stands in for an endpoint may be on this machine. */
export function checkEndpoint(name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw invalid(`${name} ${text} is not an HTTP or HTTPS URL.`)
  }
  // What is filled in comes from events, and who sends those does not say where credentials go.
  if (url.host.includes('*')) throw invalid(`${name} ${text} has a * that is not in its path.`)
}

/**
 * What the secret of a connection holds. Throws NO_RESOURCE where somebody has put something else there, without a word
 * of it: the parser's message has some.
 */
export function readAuth(text: string | undefined): AuthParameters {
  let found: unknown
  try {
    found = JSON.parse(text ?? '')
  } catch {
    found = undefined
  }
  if (typeof found === 'object' && found !== null) return found
  throw awsError('NO_RESOURCE', 'The secret of the connection does not hold its parameters. Update the connection.')
}

/** A change of those that there are: of the same kind, what is left out stays. */
export function mergedAuth(before: AuthParameters, given: AuthParameters, type: Connection['type']): AuthParameters {
  const group = groups[type]
  const invocation = given.InvocationHttpParameters ?? before.InvocationHttpParameters
  return {
    ...Object.fromEntries(
      Object.values(groups)
        .map((name) => [name, given[name]] as const)
        .filter(([, of]) => of),
    ),
    [group]: { ...before[group], ...given[group] },
    ...(invocation && { InvocationHttpParameters: invocation }),
  }
}

/** Without what is secret. */
export function shownAuth({ BasicAuthParameters, ApiKeyAuthParameters, OAuthParameters, ...rest }: AuthParameters) {
  const { ClientParameters, OAuthHttpParameters, AuthorizationEndpoint, HttpMethod } = OAuthParameters ?? {}
  return {
    ...(BasicAuthParameters && { BasicAuthParameters: { Username: BasicAuthParameters.Username } }),
    ...(ApiKeyAuthParameters && { ApiKeyAuthParameters: { ApiKeyName: ApiKeyAuthParameters.ApiKeyName } }),
    ...(OAuthParameters && {
      OAuthParameters: {
        ClientParameters: { ClientID: ClientParameters?.ClientID },
        AuthorizationEndpoint,
        HttpMethod,
        ...(OAuthHttpParameters && { OAuthHttpParameters: shownAdded(OAuthHttpParameters) }),
      },
    }),
    ...(rest.InvocationHttpParameters && { InvocationHttpParameters: shownAdded(rest.InvocationHttpParameters) }),
  }
}

function shownAdded(given: AddedParameters): AddedParameters {
  const shown = (all: readonly Added[] = []) =>
    all.map(({ Key, Value, IsValueSecret = false }) => ({ Key, ...(!IsValueSecret && { Value }), IsValueSecret }))
  return Object.fromEntries(Object.entries(given).map(([name, all]) => [name, shown(all)]))
}

/** Keys and values of one kind. */
export function pairs(added: readonly Added[] = []): [string, string][] {
  return added.map(({ Key = '', Value = '' }) => [Key, Value])
}
