/** A way in over HTTP. */
export interface Route {
  readonly method: string
  /** The path form, which resolves everywhere. */
  readonly url: string
}

export interface Template {
  readonly Resources?: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >
}

/** The routes of a template's HTTP and REST APIs, as URLs of the node. */
export function routes(template: Template, physical: ReadonlyMap<string, string>, endpoint: string): Route[] {
  const resources = Object.entries(template.Resources ?? {})
  const base = (api: unknown) => {
    const id = physical.get(reference(api) ?? '')
    return id === undefined ? undefined : `${endpoint}/_aws/execute-api/${id}`
  }
  return resources.flatMap(([, { Type, Properties = {} }]): Route[] => {
    if (Type === 'AWS::ApiGatewayV2::Route') {
      const url = base(Properties.ApiId)
      const [method, path] = String(Properties.RouteKey).split(' ')
      if (url === undefined || method === undefined) return []
      return [path === undefined ? { method: 'ANY', url: `${url}/` } : { method, url: `${url}${path}` }]
    }
    if (Type === 'AWS::ApiGateway::Method' && Properties.HttpMethod !== 'OPTIONS') {
      const url = base(Properties.RestApiId)
      const stage = restStage(template, reference(Properties.RestApiId))
      if (url === undefined || stage === undefined) return []
      return [
        { method: String(Properties.HttpMethod), url: `${url}/${stage}${restPath(template, Properties.ResourceId)}` },
      ]
    }
    return []
  })
}

/** The stage that a REST API of the template is deployed to. */
function restStage(template: Template, api: string | undefined): string | undefined {
  for (const { Type, Properties = {} } of Object.values(template.Resources ?? {})) {
    const isStage = Type === 'AWS::ApiGateway::Deployment' || Type === 'AWS::ApiGateway::Stage'
    if (isStage && reference(Properties.RestApiId) === api && typeof Properties.StageName === 'string') {
      return Properties.StageName
    }
  }
  return undefined
}

/** `/orders/{id}`, from a resource and its parents. */
function restPath(template: Template, resourceId: unknown): string {
  const id = reference(resourceId)
  const properties = id === undefined ? undefined : template.Resources?.[id]?.Properties
  if (typeof properties?.PathPart !== 'string') return ''
  return `${restPath(template, properties.ParentId)}/${properties.PathPart}`
}

/** The logical id that `{ Ref: id }` names. */
function reference(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('Ref' in value)) return undefined
  return typeof value.Ref === 'string' ? value.Ref : undefined
}
