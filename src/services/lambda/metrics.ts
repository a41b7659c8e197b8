import type { Host } from '../../kernel/host.ts'
import type { Found } from './find.ts'
import type { FunctionName } from './names.ts'

const namespace = 'AWS/Lambda'

type Dimensions = readonly Readonly<Record<string, string>>[]

const knownDimensions = new Map<string, Dimensions>()
const mostKnown = 2_000

/** The dimensions that Lambda reports every figure under: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
function dimensionsOf(found: Found): Dimensions {
  const { name, record, version, alias } = found
  const key = `${record.name} ${name.qualifier ?? ''} ${alias ? version : ''}`
  let known = knownDimensions.get(key)
  if (!known) {
    known = makeDimensions(found)
    if (knownDimensions.size >= mostKnown) knownDimensions.clear()
    knownDimensions.set(key, known)
  }
  return known
}

function makeDimensions({ name, record, version, alias }: Found): Dimensions {
  const FunctionName = record.name
  const Resource =
    name.qualifier === undefined || name.qualifier === '$LATEST' ? FunctionName : `${FunctionName}:${name.qualifier}`
  const all: Record<string, string>[] = [{}, { FunctionName }, { FunctionName, Resource }]
  if (alias) all.push({ ExecutedVersion: version, FunctionName, Resource })
  return all
}

function put(
  host: Host,
  found: Found,
  atMs: number,
  figures: readonly [name: string, unit: string, value: number][],
): void {
  for (const dimensions of dimensionsOf(found)) {
    for (const [name, unit, value] of figures) {
      host.metrics.put(found.name.scope, { namespace, name, dimensions, unit, value, atMs })
    }
  }
}

export interface Counted {
  readonly atMs: number
  readonly durationMs: number
  readonly failed: boolean
  /** Requests of the function that run, this one included. */
  readonly inUse: number
  /** Provisioned instances of the alias or version, and whether this request ran on one. */
  readonly ready: number
  readonly provisioned?: { readonly inUse: number; readonly of: number } | undefined
}

export function countInvocation(
  host: Host,
  found: Found,
  { atMs, durationMs, failed, inUse, ready, provisioned }: Counted,
): void {
  put(host, found, atMs, [
    ['Invocations', 'Count', 1],
    ['Errors', 'Count', failed ? 1 : 0],
    ['Throttles', 'Count', 0],
    ['Duration', 'Milliseconds', durationMs],
    ['ConcurrentExecutions', 'Count', inUse],
  ])
  if (ready === 0) return
  put(host, found, atMs, [
    ['ProvisionedConcurrencyInvocations', 'Count', provisioned ? 1 : 0],
    ['ProvisionedConcurrencySpilloverInvocations', 'Count', provisioned ? 0 : 1],
    ['ProvisionedConcurrentExecutions', 'Count', provisioned?.inUse ?? ready],
    ['ProvisionedConcurrencyUtilization', 'None', provisioned ? provisioned.inUse / provisioned.of : 1],
  ])
}

export function countThrottle(host: Host, found: Found, atMs: number): void {
  put(host, found, atMs, [['Throttles', 'Count', 1]])
}

/** A package was deployed, or refused, whose signature is not trusted. */
export function countUntrusted(host: Host, { scope, name }: FunctionName): void {
  for (const dimensions of [{}, { FunctionName: name }]) {
    const figure = { namespace, name: 'SignatureValidationErrors', dimensions, unit: 'Count', value: 1 }
    host.metrics.put(scope, { ...figure, atMs: host.clock.nowMs() })
  }
}

/** Of asynchronous invocations, and of what was not begun at all. */
export function countEvent(
  host: Host,
  found: Found,
  name:
    | 'AsyncEventsReceived'
    | 'AsyncEventsDropped'
    | 'DeadLetterErrors'
    | 'DestinationDeliveryFailures'
    | 'RecursiveInvocationsDropped',
): void {
  put(host, found, host.clock.nowMs(), [[name, 'Count', 1]])
}

/** How old the last record of a stream's batch was when the function got it. */
export function measureAge(host: Host, found: Found, ageMs: number): void {
  put(host, found, host.clock.nowMs(), [['IteratorAge', 'Milliseconds', Math.max(0, ageMs)]])
}
