import type { ResourcePolicyLookup } from './authorization.ts'
import type { Ctx } from './context.ts'
import type { Job } from './delivery.ts'
import type { FunctionTarget, HttpTarget, MessageTarget, QueueSource, ServiceEvent, StreamSource } from './events.ts'
import type { AssumeOptions, Credentials, Host } from './host.ts'
import type { HeaderValues, WireRequest, WireResponse } from './http.ts'
import type { Model, ResourceSchemas } from './model.ts'
import type { AnyOperation, ApiShape } from './operation.ts'
import type { PolicySource } from './policy-source.ts'
import type { Tx } from './records.ts'
import type { ResourceType } from './resource.ts'

/** A call and how it was answered. */
export interface Answered {
  readonly operation: string
  readonly input: object
  readonly status: number
  readonly errorCode: string | undefined
  /** Of the body, as far as known when its head was sent. */
  readonly bytesSent: number
}

/** A service: a folder under `src/services`, the same shape every time. */
export interface Service {
  readonly id: string
  readonly model: Model
  readonly operations: Readonly<Record<string, AnyOperation>>
  /** Operations of the SDK that are not here yet; they answer NotImplemented (501). */
  readonly planned: readonly string[]
  /** Operations of the SDK that are not meant to come, because what they stand on is not a node's; NotImplemented, too, with the reason. */
  readonly excluded?: readonly Exclusion[]
  /** Parameters we store and return, but that change nothing here: `CreateQueue.Attributes.KmsMasterKeyId` → why. */
  readonly inert?: Readonly<Record<string, string>>
  readonly resources?: Readonly<Record<string, ResourceType<never>>>
  readonly jobs?: Readonly<Record<string, Job<never>>>
  readonly resourcePolicy?: ResourcePolicyLookup
  /** As an event source or target, by ARN (already known to be this service's). */
  readonly events?: {
    functionTarget?(arn: string, host: Host): Promise<FunctionTarget>
    messageTarget?(arn: string, host: Host): Promise<MessageTarget>
    queueSource?(arn: string, host: Host): Promise<QueueSource>
    streamSource?(arn: string, host: Host): Promise<StreamSource>
    httpTarget?(arn: string, host: Host): Promise<HttpTarget>
  }
  /** EventBridge: takes what services say happened. */
  readonly announce?: (tx: Tx, event: ServiceEvent, host: Host) => Promise<void>
  /** IAM: what authentication and authorisation read. */
  readonly policySource?: PolicySource
  /** STS: credentials of a role for a service (`lambda.amazonaws.com`) that its trust policy names. */
  readonly assumeRole?: (roleArn: string, options: AssumeOptions, host: Host) => Promise<Credentials>
  /** Answers requests to an entrance of this service that is not an AWS API (an HTTP API's own URL). */
  readonly entrance?: (request: WireRequest, host: Host, signal: AbortSignal) => Promise<WireResponse>
  /** The entrance takes its body as `stream`: it may be too large to be read whole (S3's form uploads). */
  readonly entranceStreams?: boolean
  /**
   * For services that browsers may call from other origins where so configured (S3's bucket CORS): the headers to
   * add to the answer, or undefined to refuse. Also answers preflight requests.
   */
  readonly cors?: (request: WireRequest, host: Host) => Promise<HeaderValues | undefined>
  /** Told of every call of its API that was let in and answered (S3's access logs). Must neither throw nor wait. */
  readonly answered?: (ctx: Ctx, answered: Answered) => void
  /** The largest request body that is read whole. Default 1 MB and a little. */
  readonly maxBodyBytes?: number
  /** Called once, when the service is first loaded on a node. */
  readonly start?: (host: Host) => void | Promise<void>
}

/** Operations that are left out for one reason: `because` completes "Landfall does not offer this: …". */
export interface Exclusion<N extends string = string> {
  readonly operations: readonly N[]
  readonly because: string
}

/**
 * Declares a service. Every operation of the SDK is in `operations`, in `planned` or in `excluded`, once: anything else
 * does not compile.
 */
export function defineService<A extends ApiShape>() {
  return <
    const O extends { [N in keyof A]?: unknown },
    const P extends readonly (keyof A & string)[],
    const X extends readonly Exclusion<keyof A & string>[] = [],
  >(
    service: Omit<Service, 'operations' | 'planned' | 'excluded' | 'model'> & {
      model: Model
      operations: O &
        ([Exclude<keyof A, keyof O | P[number] | NamesIn<X>>] extends [never]
          ? unknown
          : { missing: Exclude<keyof A, keyof O | P[number] | NamesIn<X>> })
      planned: P & Unless<Extract<keyof O, P[number]>>
      excluded?: X & Unless<Extract<keyof O | P[number], NamesIn<X>>>
    },
  ): Service =>
    // Its operations are of their own types, which were checked here; a registry of services has one type for all.
    service as unknown as Service
}

type NamesIn<X extends readonly Exclusion[]> = X[number]['operations'][number]

/** Anything, unless there are names that are said twice. */
type Unless<Twice> = [Twice] extends [never] ? unknown : { saidTwice: Twice }

/** What the registry knows of a service before it is loaded: enough to route a request to it. */
export interface ServiceEntry {
  readonly id: string
  /** Names in a signature's credential scope. */
  readonly signingNames: readonly string[]
  /** Tells apart services that share a signing name (the two API Gateways): the path begins with this. */
  readonly pathPrefix?: string
  /** Another service has the same signing name, and gets what does not say by its target that it is for this one. */
  readonly targetOnly?: boolean
  /** Prefixes of `X-Amz-Target`, before the dot. */
  readonly targetPrefixes?: readonly string[]
  /** First segment of an rpc-v2-cbor path: `/service/<name>/operation/…`. */
  readonly rpcNames?: readonly string[]
  /** `Version` parameter of query requests. */
  readonly queryVersion?: string
  /** The services of an ARN (third field) that this folder answers for. */
  readonly arnServices: readonly string[]
  /** CloudFormation type prefixes: `AWS::SQS::`. */
  readonly resourcePrefixes?: readonly string[]
  /** The published schemas of its CloudFormation types; read when a template first names one. */
  readonly resourceSchemas?: () => Promise<ResourceSchemas>
  /** Unsigned entrances: `/_aws/execute-api/` and the host pattern that means the same. */
  readonly entrances?: readonly { readonly pathPrefix: string; readonly hostPattern?: RegExp }[]
  /**
   * True when unsigned requests to path-style URLs that nothing else claims are this service's (S3). Forms that
   * browsers post there go to its entrance.
   */
  readonly catchAll?: boolean
  load(): Promise<{ service: Service }>
}
