import type { GatewayResponse, Mock, Validation } from '../../gateway/state.ts'
import { keyspace } from '../../store/keyspace.ts'

export interface RestApi {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  readonly description?: string | undefined
  readonly version?: string | undefined
  readonly binaryMediaTypes: readonly string[]
  readonly endpointType: EndpointType
  readonly disableExecuteApiEndpoint: boolean
  /** JSON text, its resources in full. */
  readonly policy?: string | undefined
  readonly apiKeySource?: 'HEADER' | 'AUTHORIZER' | undefined
  readonly rootResourceId: string
  readonly tags: Readonly<Record<string, string>>
}
export type EndpointType = 'EDGE' | 'REGIONAL'

/** A node of an API's tree of paths. */
export interface PathResource {
  readonly id: string
  /** Absent for the root. */
  readonly parentId?: string | undefined
  readonly pathPart?: string | undefined
  /** `/`, `/orders/{id}` */
  readonly path: string
}

export interface Method {
  /** `GET`, …, `ANY`. */
  readonly httpMethod: string
  readonly operationName?: string | undefined
  /** Absent: `NONE`. */
  readonly authorizationType?: 'NONE' | 'AWS_IAM' | 'CUSTOM' | undefined
  readonly authorizerId?: string | undefined
  readonly apiKeyRequired?: boolean | undefined
  readonly requestValidatorId?: string | undefined
  readonly requestParameters?: Readonly<Record<string, boolean>> | undefined
  readonly requestModels?: Readonly<Record<string, string>> | undefined
  /** By status code. */
  readonly responses: Readonly<Record<string, MethodResponse>>
  readonly integration?: Integration | undefined
}

export interface MethodResponse {
  readonly responseParameters?: Readonly<Record<string, boolean>> | undefined
  readonly responseModels?: Readonly<Record<string, string>> | undefined
}

export interface Integration {
  readonly type: 'AWS_PROXY' | 'HTTP_PROXY' | 'MOCK'
  readonly credentials?: string | undefined
  readonly requestParameters?: Readonly<Record<string, string>> | undefined
  readonly httpMethod?: string | undefined
  readonly uri?: string | undefined
  readonly requestTemplates?: Readonly<Record<string, string>> | undefined
  readonly passthroughBehavior: Mock['passthrough']
  readonly contentHandling?: 'CONVERT_TO_TEXT' | undefined
  readonly timeoutMs: number
  readonly cacheNamespace: string
  readonly cacheKeyParameters: readonly string[]
  /** By status code. */
  readonly responses: Readonly<Record<string, IntegrationResponse>>
}

export interface IntegrationResponse {
  readonly selectionPattern?: string | undefined
  readonly responseParameters?: Readonly<Record<string, string>> | undefined
  readonly responseTemplates?: Readonly<Record<string, string>> | undefined
  readonly contentHandling?: 'CONVERT_TO_TEXT' | undefined
}

/** An API as it was when it was deployed. */
export interface Deployment {
  readonly id: string
  readonly createdAtMs: number
  readonly description?: string | undefined
  readonly methods: readonly DeployedMethod[]
  readonly policy?: string | undefined
  /** By id. */
  readonly authorizers?: Readonly<Record<string, Authorizer>> | undefined
  /** Schemas by name. */
  readonly models?: Readonly<Record<string, string>> | undefined
  /** By type. */
  readonly gatewayResponses?: Readonly<Record<string, GatewayResponse>> | undefined
}

export interface DeployedMethod {
  readonly path: string
  readonly resourceId: string
  readonly httpMethod: string
  readonly operationName?: string | undefined
  readonly authorizationType?: Method['authorizationType']
  readonly authorizerId?: string | undefined
  readonly apiKeyRequired?: boolean | undefined
  readonly validation?: Validation | undefined
  readonly integration: Integration
  /** What only documents tell; absent in deployments of earlier versions. */
  readonly requestParameters?: Method['requestParameters']
  readonly requestModels?: Method['requestModels']
  readonly responses?: Method['responses'] | undefined
}

export interface Authorizer {
  readonly id: string
  readonly name: string
  readonly type: 'TOKEN' | 'REQUEST'
  readonly authType?: string | undefined
  readonly authorizerUri: string
  readonly authorizerCredentials?: string | undefined
  readonly identitySource?: string | undefined
  readonly identityValidationExpression?: string | undefined
  readonly authorizerResultTtlInSeconds: number
}

export interface RequestValidator {
  readonly id: string
  readonly name: string
  readonly validateRequestBody: boolean
  readonly validateRequestParameters: boolean
}

export interface Model {
  readonly id: string
  readonly name: string
  readonly contentType: string
  readonly description?: string | undefined
  /** JSON Schema, draft 4. */
  readonly schema: string
}

/** What a documentation part is about; its fields go with its type. */
export interface DocumentationLocation {
  readonly type:
    | ('API' | 'AUTHORIZER' | 'MODEL' | 'RESOURCE' | 'METHOD' | 'PATH_PARAMETER' | 'QUERY_PARAMETER')
    | ('REQUEST_HEADER' | 'REQUEST_BODY' | 'RESPONSE' | 'RESPONSE_HEADER' | 'RESPONSE_BODY')
  readonly path?: string | undefined
  readonly method?: string | undefined
  readonly statusCode?: string | undefined
  readonly name?: string | undefined
}

export interface DocumentationPart {
  readonly id: string
  readonly location: DocumentationLocation
  /** A JSON object, as text. */
  readonly properties: string
}

export interface DocumentationVersion {
  readonly version: string
  readonly createdAtMs: number
  readonly description?: string | undefined
}

export interface Stage {
  readonly name: string
  readonly deploymentId: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
  readonly description?: string | undefined
  readonly variables: Readonly<Record<string, string>>
  readonly tracingEnabled: boolean
  /** By `<resource path>/<method>` (a slash in the path written `~1`), or stars for all. */
  readonly methodSettings: Readonly<Record<string, MethodSettings>>
  readonly accessLogSettings?: AccessLogSettings | undefined
  readonly canarySettings?: CanarySettings | undefined
  readonly clientCertificateId?: string | undefined
  readonly documentationVersion?: string | undefined
  /** Counts FlushStageAuthorizersCache. */
  readonly authorizersEpoch?: number | undefined
  readonly tags: Readonly<Record<string, string>>
}

export interface MethodSettings {
  readonly metricsEnabled?: boolean | undefined
  readonly loggingLevel?: string | undefined
  readonly dataTraceEnabled?: boolean | undefined
  readonly throttlingRateLimit?: number | undefined
  readonly throttlingBurstLimit?: number | undefined
}

export interface AccessLogSettings {
  readonly destinationArn?: string | undefined
  readonly format?: string | undefined
}

export interface CanarySettings {
  readonly percentTraffic?: number | undefined
  readonly deploymentId?: string | undefined
  readonly stageVariableOverrides?: Readonly<Record<string, string>> | undefined
  readonly useStageCache?: boolean | undefined
}

export interface Account {
  readonly cloudwatchRoleArn?: string | undefined
}

const apigateway = keyspace('apigateway')

export const restApi = apigateway.record<RestApi, [id: string]>('rest-api')
export const pathResource = apigateway.record<PathResource, [apiId: string, id: string]>('resource')
export const method = apigateway.record<Method, [apiId: string, resourceId: string, httpMethod: string]>('method')
export const deployment = apigateway.record<Deployment, [apiId: string, id: string]>('deployment')
export const stage = apigateway.record<Stage, [apiId: string, name: string]>('stage')
export const account = apigateway.record<Account, []>('account')
export const authorizer = apigateway.record<Authorizer, [apiId: string, id: string]>('authorizer')
export const requestValidator = apigateway.record<RequestValidator, [apiId: string, id: string]>('request-validator')
export const model = apigateway.record<Model, [apiId: string, name: string]>('model')
export const gatewayResponse = apigateway.record<GatewayResponse, [apiId: string, type: string]>('gateway-response')
export const documentationPart = apigateway.record<DocumentationPart, [apiId: string, id: string]>('documentation-part')
/** The part that a place has. */
export const documentationPlace = apigateway.record<string, [apiId: string, place: string]>('documentation-place')
export const documentationVersion = apigateway.record<DocumentationVersion, [apiId: string, version: string]>(
  'documentation-version',
)
/** Parts as they were when a version was made of them. */
export const publishedPart = apigateway.record<DocumentationPart, [apiId: string, version: string, id: string]>(
  'published-part',
)
