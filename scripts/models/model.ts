import type { ErrorTable, Model, OperationTable, Shape, StructShape } from '../../src/kernel/model.ts'
import type { Botocore, BotoModel } from './botocore.ts'
import { loadClient, resolve, type SdkClient, type Traits } from './sdk.ts'
import type { ServiceSource } from './services.ts'
import { type ShapeTable, shapeTable } from './shapes.ts'

export interface Generated {
  readonly model: Model
  readonly client: SdkClient
  readonly notes: readonly string[]
}

/** Makes one service's table. */
export async function generateModel(source: ServiceSource, botocore: Botocore): Promise<Generated> {
  const client = await loadClient(source.client)
  const boto = loosened(botocore.load(source.botocore ?? source.id), source)
  const table = shapeTable(boto, client.enums)
  const operations: Record<string, OperationTable> = {}
  for (const schema of client.operations) {
    const name = String(schema[2])
    operations[name] = source.only?.includes(name) === false ? { bare: true } : operation(schema, boto, table, source)
  }
  const queries = source.protocols.includes('query')
  const errors: Record<string, ErrorTable> = {}
  for (const schema of client.errors) {
    const name = String(schema[2])
    errors[name] = errorTable(schema, name in boto.shapes ? name : undefined, table, queries, source)
  }
  for (const [name, operation] of Object.entries(operations)) {
    for (const error of operation.errors ?? []) {
      if (!errors[error]) table.notes.add(`${name} lists the error ${error}, which the SDK does not have`)
    }
  }
  const { metadata } = boto
  const { settings } = client
  const xml =
    source.protocols.includes('query') || source.protocols.includes('ec2') || source.protocols.includes('rest-xml')
  const model: Model = {
    id: source.id,
    sdkId: metadata.serviceId,
    apiVersion: metadata.apiVersion,
    signingName: metadata.signingName ?? metadata.endpointPrefix,
    endpointPrefix: metadata.endpointPrefix,
    targetPrefix: settings.serviceTarget,
    namespace: settings.defaultNamespace,
    ...(xml && { xmlNamespace: settings.xmlNamespace ?? `http://queue.amazonaws.com/doc/${metadata.apiVersion}/` }),
    protocols: source.protocols,
    ...(metadata.awsQueryCompatible && { queryCompatible: true as const }),
    sources: { [client.package]: client.version, botocore: botocore.version },
    operations,
    errors,
    shapes: table.shapes,
  }
  return { model, client, notes: [...table.notes].sort() }
}

function loosened(boto: BotoModel, { patterns = {} }: ServiceSource): BotoModel {
  const shapes = Object.entries(patterns).map(([name, pattern]) => [name, { ...boto.shapes[name]!, pattern }])
  return { ...boto, shapes: { ...boto.shapes, ...Object.fromEntries(shapes) } }
}

function operation(
  schema: readonly unknown[],
  boto: BotoModel,
  table: ShapeTable,
  source: ServiceSource,
): OperationTable {
  const name = String(schema[2])
  const botoOperation = boto.operations[name]
  if (!botoOperation) table.notes.add(`${name} is not in botocore, so it has no constraints`)
  const input = resolve(schema[4]).schema === 'unit' ? undefined : table.add(schema[4], botoOperation?.input?.shape)
  const output = resolve(schema[5]).schema === 'unit' ? undefined : table.add(schema[5], botoOperation?.output?.shape)
  const http = (schema[3] as Traits | 0) && (schema[3] as Traits).http
  const anonymous = botoOperation?.authtype === 'none' || botoOperation?.auth?.includes('smithy.api#noAuth') === true
  return {
    ...(input !== undefined && { in: input }),
    ...(output !== undefined && { out: output }),
    ...(Array.isArray(http) && {
      http: [String(http[0]), uri(String(http[1]), shapeAt(table, input), source), Number(http[2])] as const,
    }),
    ...(botoOperation?.errors && { errors: botoOperation.errors.map((error) => error.shape).sort() }),
    ...(anonymous && { auth: 'none' as const }),
    // Clients of S3 send the hash of a stream ahead of it; those of other services only sign it, so that it is read whole.
    ...(source.id === 's3' && streamOf(table, input) && { streamIn: true as const }),
    ...outStream(table, output),
    ...(botoOperation?.deprecated && { deprecated: true as const }),
  }
}

const shapeAt = (table: ShapeTable, index: number | undefined): StructShape | undefined =>
  index === undefined ? undefined : (table.shapes[index] as StructShape)

/** The SDK leaves the bucket out of the path, because it may go into the host; the wire we decode is path style. */
function uri(template: string, input: StructShape | undefined, source: ServiceSource): string {
  const bucket = source.id === 's3' && input?.m.some((member) => member.n === 'Bucket' && member.in === 'label')
  const [path, query] = template.split('?') as [string, string | undefined]
  const kept = query?.split('&').filter((part) => !part.startsWith('x-id='))
  const full = bucket ? `/{Bucket}${path === '/' ? '' : path}` : path
  return kept?.length ? `${full}?${kept.join('&')}` : full
}

function streamOf(table: ShapeTable, index: number | undefined): Shape | undefined {
  const payload = shapeAt(table, index)?.m.find((member) => member.in === 'payload')
  const shape = payload && table.shapes[payload.s]
  return shape?.k === 'stream' ? shape : undefined
}

function outStream(table: ShapeTable, index: number | undefined): Pick<OperationTable, 'streamOut'> {
  if (streamOf(table, index)) return { streamOut: 'bytes' }
  const events = shapeAt(table, index)?.m.some((member) => table.shapes[member.s]?.k === 'events')
  return events ? { streamOut: 'events' } : {}
}

function errorTable(
  schema: readonly unknown[],
  botoName: string | undefined,
  table: ShapeTable,
  queries: boolean,
  source: ServiceSource,
): ErrorTable {
  const traits = schema[3] as Traits
  const fault = traits.error === 'server' ? 'server' : 'client'
  const modelled = traits.httpError === undefined ? undefined : Number(traits.httpError)
  const [code, queryStatus] = Array.isArray(traits.awsQueryError) ? (traits.awsQueryError as [string, number]) : []
  // JSON services answer 400 (or 500) whatever the model's status says; it is left over from other protocols.
  const json = source.protocols[0]?.startsWith('json') && !queries
  const plain = fault === 'server' ? 500 : 400
  const status = json
    ? fault === 'server'
      ? (modelled ?? 500)
      : 400
    : ((queries ? queryStatus : undefined) ?? modelled ?? plain)
  return {
    status,
    fault,
    ...(queries && code !== undefined && code !== schema[2] && { query: code }),
    ...((schema[4] as unknown[]).length > 0 && { shape: table.add(schema, botoName) }),
  }
}
