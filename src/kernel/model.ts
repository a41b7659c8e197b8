/**
 * The tables that drive the wire protocols. `npm run models` writes one `model.json` per service from the schemas
 * of the AWS SDK and botocore; keys are short because the files are large. See docs/decisions/002-wire.md.
 */

/** How a request is written. A service speaks one or more of them; which one, each request says for itself. */
export type Protocol = 'json1.0' | 'json1.1' | 'cbor1.1' | 'query' | 'ec2' | 'rest-json' | 'rest-xml' | 'cbor'

/** One service's table. */
export interface Model {
  /** Folder name under services. */
  readonly id: string
  readonly sdkId: string
  readonly apiVersion: string
  readonly signingName: string
  readonly endpointPrefix: string
  /** Before the dot of `X-Amz-Target`, and the service's name in an rpc-v2-cbor path. */
  readonly targetPrefix: string
  /** The namespace of shape ids, `com.amazonaws.sqs`. */
  readonly namespace: string
  /** Of XML answers. */
  readonly xmlNamespace?: string
  /** The one that current SDKs use by default comes first. */
  readonly protocols: readonly Protocol[]
  /** A JSON service that used to be a query service: errors also carry the old code in `x-amzn-query-error`. */
  readonly queryCompatible?: true
  /** What the table was made from: package → version. */
  readonly sources: Readonly<Record<string, string>>
  readonly operations: Readonly<Record<string, OperationTable>>
  /** Modelled errors by shape name. */
  readonly errors: Readonly<Record<string, ErrorTable>>
  /** Referred to by index. */
  readonly shapes: readonly Shape[]
}

export interface OperationTable {
  /** Index of the input structure; absent when there is none. */
  readonly in?: number
  readonly out?: number
  /** Method, URI template, success status. Absent: POST /, 200. */
  readonly http?: readonly [method: string, uri: string, status: number]
  /** Names in `errors`. */
  readonly errors?: readonly string[]
  /** `none`: the operation is called without a signature. */
  readonly auth?: 'none'
  /** The input's payload is a stream of bytes. */
  readonly streamIn?: true
  /** The output's payload is a stream of bytes (`bytes`) or of events (`events`). */
  readonly streamOut?: 'bytes' | 'events'
  readonly deprecated?: true
  /** Known by name alone: its shapes are not in this table, and it is not here. */
  readonly bare?: true
}

export interface ErrorTable {
  readonly status: number
  readonly fault: 'client' | 'server'
  /** Its code where the query protocol is spoken, when it differs from the shape's name. */
  readonly query?: string
  /** Index of the error's structure, when it has members besides the message. */
  readonly shape?: number
}

export type Shape = StructShape | ListShape | MapShape | ScalarShape

export interface StructShape {
  /** `union`: exactly one member. `events`: the members are the events of a stream. */
  readonly k: 'struct' | 'union' | 'events'
  readonly n: string
  readonly m: readonly Member[]
  /** Name of the root element, when not `n`. */
  readonly xml?: string
}

export interface ListShape {
  readonly k: 'list'
  readonly of: number
  /** Element name of the items. Default `member`. */
  readonly xml?: string
  readonly min?: number
  readonly max?: number
}

export interface MapShape {
  readonly k: 'map'
  readonly key: number
  readonly of: number
  /** Element names of key and value. Default `key`, `value`. */
  readonly xml?: readonly [key: string, value: string]
  readonly min?: number
  readonly max?: number
}

export type ScalarKind =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'number'
  | 'blob'
  | 'stream'
  | 'timestamp'
  | 'document'

export interface ScalarShape {
  readonly k: ScalarKind
  /** Length of strings (code points) and blobs (bytes), value of numbers. */
  readonly min?: number
  readonly max?: number
  /** The pattern as the service prints it, matched against the whole string. */
  readonly pattern?: string
  /** The same for JavaScript, when it has to be written differently. */
  readonly js?: string
  readonly enum?: readonly string[]
  /** Values are left out of error messages. */
  readonly secret?: true
}

export type MemberPlace = 'label' | 'query' | 'queries' | 'header' | 'headers' | 'payload' | 'status'
export type TimestampFormat = 'epoch' | 'iso' | 'http'

export interface Member {
  readonly n: string
  readonly s: number
  readonly required?: true
  /** Name in JSON, when not `n`. */
  readonly json?: string
  /** Element (or attribute) name in XML, parameter name in query requests, when not `n`. */
  readonly xml?: string
  /** XML namespace declared on the element: prefix, URI. */
  readonly xmlns?: readonly [prefix: string, uri: string]
  readonly attribute?: true
  /** List or map items stand directly in the parent. */
  readonly flat?: true
  /** Where in an HTTP message it is bound. Absent: the body. */
  readonly in?: MemberPlace
  /** Name of the header or query parameter, or the prefix of `headers`. */
  readonly at?: string
  readonly time?: TimestampFormat
  /** Filled with a UUID when absent. */
  readonly token?: true
  /** Where in an event it is bound. */
  readonly event?: 'header' | 'payload'
}

/** The published schemas of a service's CloudFormation types, by type name. */
export type ResourceSchemas = Readonly<Record<string, ResourceSchema>>

export interface ResourceSchema {
  readonly properties: Readonly<Record<string, PropertySchema>>
  /** What `Fn::GetAtt` answers. */
  readonly attributes: Readonly<Record<string, PropertyType>>
  readonly primaryIdentifier?: readonly string[]
  /** Property that holds tags, and how: a list of Key/Value (`standard`), a map, or with PropagateAtLaunch (`asg`). */
  readonly tags?: { readonly property: string; readonly as: 'standard' | 'asg' | 'map' }
  /** Nested types by name. */
  readonly definitions: Readonly<Record<string, Readonly<Record<string, PropertySchema>>>>
}

export interface PropertySchema {
  readonly type: PropertyType
  readonly required?: true
  /** Whether changing it replaces the resource. Absent: no. */
  readonly replace?: 'yes' | 'maybe'
}

export type PropertyType =
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'json'
  | 'timestamp'
  | 'tag'
  | { readonly list: PropertyType }
  | { readonly map: PropertyType }
  | { readonly ref: string }
  | { readonly union: readonly PropertyType[] }
