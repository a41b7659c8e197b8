// The Telemetry API, https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html, and the Logs API, which it has
// superseded: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html. Extensions subscribe to one of them while
// they start, and get what happened before as well.
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { bodyOf, refuse, reply } from './api-server.mjs'
import { logsApi, telemetryApi } from './telemetry-schemas.mjs'

const types = ['platform', 'function', 'extension']
const maxBodyBytes = 65_536
const mostEarly = { events: 1_000, bytes: 1_048_576 }
/** [default, least, most]; the default of `maxItems` is the API's. */
const bounds = {
  maxItems: [undefined, 1_000, 10_000],
  maxBytes: [262_144, 262_144, 1_048_576],
  timeoutMs: [1_000, 25, 30_000],
}
/** What is kept for a destination that does not take it, as a multiple of `maxBytes`. */
const keptBatches = 4

/** `host`: `identified(request, response)`, `onSubscribed(api, extension, types)`, `parsesJson()`. */
export function createTelemetry(host) {
  const subscriptions = new Map()
  /** What happened while extensions could still subscribe. */
  let early = []
  let earlyBytes = 0
  let open = true

  /** `text`: the line, of what was printed. */
  const emit = (type, record, text) => {
    const event = { time: new Date().toISOString(), type, record }
    if (open) {
      earlyBytes += text?.length ?? 200
      if (early.length < mostEarly.events && earlyBytes < mostEarly.bytes) early.push([event, text])
    }
    for (const one of subscriptions.values()) one.add(event, text)
  }

  const subscribeTo = (api) => async (request, response) => {
    const body = await bodyOf(request, maxBodyBytes)
    const extension = host.identified(request, response)
    if (!extension) return
    if (!open) {
      return refuse(response, 403, `${api.name}.SubscriptionClosed`, `${api.name} API subscription is closed already`)
    }
    let asked
    try {
      asked = JSON.parse(body)
    } catch {
      asked = undefined
    }
    if (typeof asked !== 'object' || asked === null) {
      return refuse(response, 400, api.validationError, 'The request is a JSON object.')
    }
    const problems = problemsOf(asked, api)
    if (problems.length > 0) return refuse(response, 400, api.validationError, problems.join('; '))
    const before = subscriptions.get(extension)
    if (before && before.api !== api) {
      const why = `${extension.name} has subscribed to the ${before.api.name} API: an extension uses one of the two.`
      return refuse(response, 400, `${api.name}.AccessDenied`, why)
    }
    const key = JSON.stringify(asked)
    // The same again changes nothing, and nothing is sent twice.
    if (before?.key === key) return reply(response, 200, 'OK')
    before?.close()
    const subscription = { ...createSubscription(asked, api), api, key }
    subscriptions.set(extension, subscription)
    for (const [event, text] of early) subscription.add(event, text)
    reply(response, 200, 'OK')
    host.onSubscribed(api, extension, asked.types)
  }

  return {
    routes: [telemetryApi, logsApi].map((api) => ['PUT', api.path, subscribeTo(api)]),
    emit,
    /** A line that was printed; JSON logs are handed on as JSON. */
    line(kind, bytes) {
      if (!open && subscriptions.size === 0) return
      const text = bytes.toString('utf8')
      emit(kind, host.parsesJson() ? parsed(text) : text, text)
    },
    close() {
      open = false
      early = []
    },
    /** Sends what is held, and waits for it. */
    flush: () => Promise.all([...subscriptions.values()].map((one) => one.flush())),
  }
}

function parsed(text) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : text
  } catch {
    return text
  }
}

function problemsOf({ schemaVersion, destination, types: wanted, buffering }, { versions, defaultVersion }) {
  const problems = []
  // JSON writes null for what is not there.
  if (typeof (buffering ?? {}) !== 'object') problems.push('buffering is an object')
  if (!versions.includes(schemaVersion ?? defaultVersion)) {
    problems.push(`schemaVersion is one of ${versions.join(', ')}`)
  }
  if (!Array.isArray(wanted) || wanted.length === 0) problems.push('types should not be empty')
  else if (!wanted.every((one) => types.includes(one))) problems.push(`types are of ${types.join(', ')}`)
  for (const [name, [, least, most]] of Object.entries(bounds)) {
    const value = buffering?.[name]
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      problems.push(`${name} is from ${least} to ${most}`)
    }
  }
  const { protocol, URI: uri, port, method = 'POST', encoding = 'JSON' } = destination ?? {}
  if (!['POST', 'PUT'].includes(method)) problems.push('method is POST or PUT')
  if (encoding !== 'JSON') problems.push('encoding is JSON')
  if (protocol === 'TCP') {
    if (!isPort(port)) problems.push('TCP port is not provided')
  } else if (protocol === 'HTTP') {
    const url = URL.canParse(uri) ? new URL(uri) : undefined
    if (url?.protocol !== 'http:') problems.push('URI is not an http:// one')
    else if (!/^http:\/\/[^/]*:\d+/.test(uri)) problems.push('URI port is not provided')
    else if (!['sandbox.localdomain', 'sandbox'].includes(url.hostname))
      problems.push('URI host is sandbox.localdomain')
  } else problems.push('protocol is HTTP or TCP')
  return problems
}

const isPort = (port) => Number.isInteger(port) && port > 0 && port < 65_536

function createSubscription({ schemaVersion, types: wanted, destination, buffering }, api) {
  const version = schemaVersion ?? api.defaultVersion
  const limit = (name) => buffering?.[name] ?? bounds[name][0] ?? api[name]
  const [maxItems, maxBytes, timeoutMs] = ['maxItems', 'maxBytes', 'timeoutMs'].map(limit)
  const deliver = destination.protocol === 'TCP' ? overTcp(destination.port) : overHttp(destination)
  const held = []
  let heldBytes = 0
  let dropped = { records: 0, bytes: 0 }
  let timer
  let sending

  const keep = (text) => {
    held.push(text)
    heldBytes += text.length
  }
  const add = (event, line) => {
    if (!wanted.includes(event.type.split('.')[0])) return
    for (const told of api.shape(event, { version, text: line })) addText(JSON.stringify(told))
  }
  const addText = (text) => {
    if (heldBytes + text.length > maxBytes * keptBatches) {
      dropped = { records: dropped.records + 1, bytes: dropped.bytes + text.length }
      return
    }
    keep(text)
    if (held.length >= maxItems || heldBytes >= maxBytes) void flush()
    else timer ??= setTimeout(flush, timeoutMs)
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    sending ??= sendAll().finally(() => {
      sending = undefined
      if (held.length > 0) timer ??= setTimeout(flush, timeoutMs)
    })
    return sending
  }
  /** What a destination does not take stays, up to the bound, for the next time. */
  const sendAll = async () => {
    while (held.length > 0) {
      if (dropped.records > 0 && wanted.includes('platform')) {
        const reason = 'The destination did not take the telemetry in time.'
        const record = { reason, droppedRecords: dropped.records, droppedBytes: dropped.bytes }
        keep(JSON.stringify({ time: new Date().toISOString(), type: 'platform.logsDropped', record }))
        dropped = { records: 0, bytes: 0 }
      }
      const batch = held.slice(0, maxItems)
      if (!(await deliver(batch))) return
      held.splice(0, batch.length)
      heldBytes -= batch.reduce((sum, text) => sum + text.length, 0)
    }
  }
  return { add, flush, close: () => clearTimeout(timer) }
}

const deliveryLimitMs = 2_000

/** A list of events in a POST each. */
function overHttp({ URI: uri, method = 'POST' }) {
  const url = new URL(uri)
  return (batch) =>
    new Promise((resolve) => {
      const body = `[${batch.join(',')}]`
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Host: url.host }
      const options = {
        host: '127.0.0.1',
        port: url.port || 80,
        path: url.pathname + url.search,
        method,
        headers,
      }
      const request = httpRequest({ ...options, timeout: deliveryLimitMs }, (response) => {
        response.resume()
        response.on('close', () => resolve(response.statusCode < 500))
      })
      request.on('timeout', () => request.destroy())
      request.on('error', () => resolve(false))
      request.end(body)
    })
}

/** Events one a line, over a connection that stays. */
function overTcp(port) {
  let socket
  return (batch) =>
    new Promise((resolve) => {
      if (!socket || socket.destroyed) {
        socket = connect({ host: '127.0.0.1', port })
        socket.on('error', () => undefined)
      }
      const onClose = () => resolve(false)
      socket.once('close', onClose)
      socket.write(`${batch.join('\n')}\n`, (error) => {
        socket.off('close', onClose)
        resolve(!error)
      })
    })
}
