import { awsError, isAwsError } from '../../kernel/errors.ts'
import type { FunctionSpec, Outcome, ResponseSink } from '../../kernel/functions.ts'
import type { Host } from '../../kernel/host.ts'
import { servicePrincipal } from '../../kernel/principal.ts'
import { logGroupOf } from './describe.ts'
import { callDurable } from './durable/call.ts'
import { environmentOf } from './environment.ts'
import { notDecrypted } from './environment-key.ts'
import { functionNotFound, tooManyRequests } from './errors.ts'
import { type Found, findVersion } from './find.ts'
import { refuseInactive } from './function-states.ts'
import { runOf } from './images.ts'
import { follow, mostCalls, recursiveInvocation } from './lineage.ts'
import { logWriter } from './log-writer.ts'
import { countEvent, countInvocation, countThrottle } from './metrics.ts'
import { type FunctionName, functionArn, ownArn } from './names.ts'
import { withEgress } from './networks.ts'
import { enter } from './places.ts'
import { executionCredentials } from './role.ts'
import { type Configuration, codeBody } from './state.ts'
import { meter } from './usage.ts'
import { layerBodies } from './use-layers.ts'

export interface ExecuteOptions {
  readonly requestId: string
  readonly payload: Uint8Array
  /** JSON text. */
  readonly clientContext?: string | undefined
  readonly traceId?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** An event, whose requests are not bounded by the second. Default: somebody waits for the answer. */
  readonly asynchronous?: boolean
  /** Takes a streamed answer as it comes; without it the answer is whole. */
  readonly response?: ResponseSink | undefined
}

/**
 * Runs one request on the version found, or starts an execution of it and waits for its end when the function is
 * durable. Throws what `executeOnce` does, and what keeps an execution from being started.
 */
export async function execute(host: Host, asked: Found, options: ExecuteOptions): Promise<Outcome> {
  if (!asked.configuration.durable) return executeOnce(host, asked, options)
  return (await callDurable(host, asked, options)).outcome
}

/**
 * Runs one request on the version found: counted against the concurrency limits, its output logged as its role may,
 * its figures measured. Throws TooManyRequestsException when limits are reached, AccessDeniedException when the role
 * can't be assumed, ResourceConflictException when it is still in the making, RecursiveInvocationException when the
 * function is in a loop; what the function itself does is in the outcome.
 */
export async function executeOnce(host: Host, asked: Found, options: ExecuteOptions): Promise<Outcome> {
  const { found, spec: onDemand } = await nowOrAfterChange(host, asked)
  const { tracing } = found.configuration
  const lineage = follow(options.traceId, ownArn(found), host.clock.nowMs(), host.ids, tracing)
  if (lineage.calls > mostCalls && found.record.recursiveLoop !== 'Allow') {
    countEvent(host, found, 'RecursiveInvocationsDropped')
    throw recursiveInvocation()
  }
  const { qualifier = '$LATEST' } = found.name
  const kept = qualifier === '$LATEST' ? undefined : { ...onDemand, provisionedFor: qualifier }
  const ready = kept ? host.functions.provisioned(kept).ready : 0
  const atMs = host.clock.nowMs()
  const { asynchronous = false } = options
  const place = await enter(host, found, { ready, asynchronous }).catch((error: unknown) => {
    if (isAwsError(error, 'TooManyRequestsException')) countThrottle(host, found, atMs)
    throw error
  })
  let finished: Outcome['finished']
  try {
    const outcome = await host.functions.run(kept && place.provisioned ? kept : onDemand, {
      requestId: options.requestId,
      payload: options.payload,
      invokedArn: functionArn(found.name),
      onLog: logWriter(host, found),
      ...(options.clientContext === undefined ? {} : { clientContext: options.clientContext }),
      traceId: lineage.traceId,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.response && { response: options.response }),
    })
    const { inUse, provisioned } = place
    const count = (whole: Outcome) => {
      const { durationMs, error } = whole
      countInvocation(host, found, { atMs, durationMs, failed: error !== undefined, inUse, ready, provisioned })
      meter(host, found, atMs, options, whole)
    }
    finished = outcome.finished
    // The answer goes out before: these are sums in memory, which a crash may lose in any case.
    if (finished) void finished.then((whole) => count({ ...whole, payload: outcome.payload }))
    else setImmediate(count, outcome)
    return outcome
  } catch (error) {
    if (error instanceof Error && error.name === 'FleetFull') {
      countThrottle(host, found, atMs)
      throw tooManyRequests('ConcurrentInvocationLimitExceeded')
    }
    throw error
  } finally {
    if (finished) void finished.then(() => place.leave())
    else place.leave()
  }
}

/** What was found, or what has come in its place: the code of `$LATEST` goes with a change between two reads. */
async function nowOrAfterChange(host: Host, found: Found): Promise<{ found: Found; spec: FunctionSpec }> {
  try {
    return { found, spec: await specOf(host, found) }
  } catch (error) {
    if (!isAwsError(error, 'ResourceNotFoundException')) throw error
    const changed = await host.records.read(found.name.scope, (tx) => findVersion(tx, found.name))
    if (revisionOf(changed) === revisionOf(found)) throw error
    return nowOrAfterChange(host, changed)
  }
}

const lambda = servicePrincipal('lambda.amazonaws.com')
/** By function and version: of one that is changed again and again only what it is now. */
const specs = new WeakMap<Host, Map<string, FunctionSpec>>()
const mostSpecs = 2_000

/**
 * What the engine needs to know of a version. Kept, since a version's revision never changes what it is. Throws
 * ResourceConflictException for one that is in the making.
 */
export async function specOf(host: Host, found: Found): Promise<FunctionSpec> {
  refuseInactive(found.configuration)
  const key = `${found.record.id} ${found.version}`
  const kept = specs.get(host)?.get(key)
  const spec = kept?.version === revisionOf(found) ? kept : await ownSpec(host, found, key)
  const { network } = found.configuration
  return network ? withEgress(host, spec, found.name.scope, network) : spec
}

const revisionOf = ({ record, configuration }: Found) => `${record.id} ${configuration.revisionId}`

/** Without what others decide about it. */
async function ownSpec(host: Host, found: Found, key: string): Promise<FunctionSpec> {
  const { name, record, version, configuration } = found
  const known = specs.get(host) ?? new Map<string, FunctionSpec>()
  specs.set(host, known)
  const { code, logging } = configuration
  const [body, layers] = await host.records.read(name.scope, (tx) =>
    Promise.all([tx.get(codeBody(code.id)), layerBodies(tx, configuration.layers)]),
  )
  // Gone between two reads: the function was deleted or changed meanwhile.
  if (!body || !layers) throw functionNotFound(name)
  const own = { scope: name.scope, name: record.name }
  const environment = await environmentFor(host, own, configuration)
  const spec: FunctionSpec = {
    functionArn: functionArn(version === '$LATEST' ? own : { ...own, qualifier: version }),
    functionName: record.name,
    qualifier: version,
    version: revisionOf(found),
    runtime: configuration.runtime,
    handler: configuration.handler,
    ...(configuration.image && { image: runOf(configuration.image) }),
    code: body.ref,
    codeSha256: code.sha256,
    ...(layers.length > 0 && { layers }),
    ...environment,
    memoryMb: configuration.memoryMb,
    timeoutMs: configuration.timeoutSec * 1000,
    ephemeralStorageMb: configuration.ephemeralStorageMb,
    logGroup: logGroupOf(record.name, logging),
    logFormat: logging.format,
    ...(logging.applicationLevel ? { applicationLogLevel: logging.applicationLevel } : {}),
    ...(logging.systemLevel ? { systemLogLevel: logging.systemLevel } : {}),
    account: name.scope.account,
    region: name.scope.region,
    credentials: () => roleCredentials(host, own, configuration),
  }
  known.delete(key)
  if (known.size >= mostSpecs) known.delete(known.keys().next().value ?? '')
  known.set(key, spec)
  return spec
}

async function roleCredentials(host: Host, own: FunctionName, { role }: Configuration) {
  try {
    return await executionCredentials(host, own, role)
  } catch (error) {
    if (!isAwsError(error)) throw error
    const message = 'The role defined for the function cannot be assumed by Lambda.'
    throw awsError('AccessDeniedException', message, { status: 403, cause: error })
  }
}

/** What a key of KMS keeps is decrypted by the execution role for each instance that starts, and kept by nobody else. */
async function environmentFor(
  host: Host,
  own: FunctionName,
  configuration: Configuration,
): Promise<Pick<FunctionSpec, 'environment' | 'decryptEnvironment'>> {
  if (configuration.sealedEnvironment?.keyArn === undefined) {
    return { environment: (await environmentOf(host, own, configuration, lambda)) ?? {} }
  }
  return {
    environment: {},
    async decryptEnvironment() {
      const { principal } = await roleCredentials(host, own, configuration)
      try {
        return (await environmentOf(host, own, configuration, principal)) ?? {}
      } catch (error) {
        throw notDecrypted(error)
      }
    },
  }
}
