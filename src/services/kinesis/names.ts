import { formatArn, parseArn } from '../../kernel/arn.ts'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { ReadTx, Scope } from '../../kernel/records.ts'
import { type Consumer, consumer, type Shard, type Stream, shard, stream } from './state.ts'

/** How requests name a stream. */
export interface Asked {
  readonly StreamName?: string
  readonly StreamARN?: string
  readonly StreamId?: string
}

export interface Located {
  readonly scope: Scope
  readonly stream: Stream
}

export const invalid = (message: string): AwsError => awsError('InvalidArgumentException', message)

/** Parameters that are known, and not here. Throws InvalidArgumentException for the first that is given. */
export function refuse(input: object, ...names: readonly string[]): void {
  const given = input as Readonly<Record<string, unknown>>
  const found = names.find((name) => given[name] !== undefined && given[name] !== false)
  if (found !== undefined) throw invalid(`${found} is not supported by Landfall. Leave it out.`)
}

export function streamArn({ account, region }: Scope, name: string): string {
  return formatArn('kinesis', region, account, `stream/${name}`)
}

export function consumerArn(scope: Scope, streamName: string, { name, createdAtMs }: Consumer): string {
  return `${streamArn(scope, streamName)}/consumer/${name}:${Math.floor(createdAtMs / 1_000)}`
}

/** What an ARN of a stream, or of one of its consumers, names; undefined for anything else. */
export function readArn(arn: string) {
  const { service, account = '', region = '', resource = '' } = parseArn(arn) ?? {}
  const [, name, consumerName, second] = /^stream\/([\w.-]+)(?:\/consumer\/([\w.-]+):(\d+))?$/.exec(resource) ?? []
  if (service !== 'kinesis' || name === undefined) return undefined
  return {
    scope: { account, region },
    name,
    consumer: consumerName === undefined ? undefined : { name: consumerName, second: Number(second) },
  }
}

/** The ARN of the stream that a request is about, by its name or ARN. Throws InvalidArgumentException. */
export function arnOf(asked: Asked, scope: Scope): string {
  refuse(asked, 'StreamId')
  const { StreamARN, StreamName } = asked
  if (StreamARN === undefined) {
    if (StreamName === undefined) throw invalid('Either StreamName or StreamARN must be specified.')
    return streamArn(scope, StreamName)
  }
  const read = readArn(StreamARN)
  if (!read || read.consumer) throw invalid(`StreamARN ${StreamARN} is not the ARN of a stream.`)
  if (StreamName !== undefined && StreamName !== read.name) {
    throw invalid(`StreamName ${StreamName} and StreamARN ${StreamARN} are not of the same stream.`)
  }
  return StreamARN
}

/** The stream. Throws ResourceNotFoundException. */
export async function locate(tx: ReadTx, asked: Asked): Promise<Located> {
  return locateArn(tx, arnOf(asked, tx.scope))
}

export async function locateArn(tx: ReadTx, arn: string): Promise<Located> {
  const read = readArn(arn)
  const found = read && (await tx.in(read.scope).get(stream(read.name)))
  if (!found) {
    const account = read?.scope.account ?? tx.scope.account
    throw awsError('ResourceNotFoundException', `Stream ${read?.name ?? arn} under account ${account} not found.`)
  }
  return { scope: read.scope, stream: found }
}

/** The same, when it is to be changed. Throws ResourceInUseException for one that is being deleted. */
export async function locateActive(tx: ReadTx, asked: Asked): Promise<Located> {
  const at = await locate(tx, asked)
  checkActive(at)
  return at
}

export interface LocatedConsumer extends Located {
  readonly consumer: Consumer
}

/** The consumer of that ARN. Throws ResourceNotFoundException. */
export async function locateConsumer(tx: ReadTx, arn: string): Promise<LocatedConsumer> {
  const read = readArn(arn)
  const missing = awsError('ResourceNotFoundException', `Consumer ${arn} not found.`)
  if (!read?.consumer) throw missing
  const at = await locateArn(tx, arn)
  const found = await tx.in(read.scope).get(consumer(at.stream.id, read.consumer.name))
  if (!found || Math.floor(found.createdAtMs / 1_000) !== read.consumer.second) throw missing
  return { ...at, consumer: found }
}

/** The consumer of an ARN, with its stream; or the stream alone. Throws ResourceNotFoundException. */
export async function locateHolder(tx: ReadTx, arn: string): Promise<Located & { readonly consumer?: Consumer }> {
  return readArn(arn)?.consumer ? locateConsumer(tx, arn) : locateArn(tx, arn)
}

/** Throws ResourceInUseException for a stream that is being deleted. */
export function checkActive({ scope, stream: { name, status } }: Located): void {
  if (status === 'ACTIVE') return
  throw awsError(
    'ResourceInUseException',
    `Stream ${name} under account ${scope.account} not ACTIVE, instead in state ${status}`,
  )
}

export const shardId = (number: number): string => `shardId-${String(number).padStart(12, '0')}`

export function shardNumber(id: string): number | undefined {
  const [, digits] = /^shardId-(\d{12})$/.exec(id) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** The shard of that id. Throws ResourceNotFoundException. */
export async function findShard(tx: ReadTx, { scope, stream: of }: Located, id: string): Promise<Shard> {
  const number = shardNumber(id)
  const found = number === undefined ? undefined : await tx.in(scope).get(shard(of.id, number))
  if (found) return found
  throw awsError(
    'ResourceNotFoundException',
    `Could not find shard ${id} in stream ${of.name} under account ${scope.account}.`,
  )
}
