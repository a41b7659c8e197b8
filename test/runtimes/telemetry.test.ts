import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, startRunner } from '../../src/functions/runner.fixture.ts'
import { handlers, layerOf, speaks } from './extension.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner()
})
afterAll(() => f[Symbol.asyncDispose]())

/** A listener in the instance that says what comes to it, by HTTP and by TCP, on ports of its own. */
const listens = `${speaks}
import http.server, socketserver, threading
wanted = None
def heard(how, events):
    for event in events:
        if wanted in (None, event["record"]): say("heard " + how + " " + json.dumps(event) + "\\n", end="")
class OverHttp(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200); self.end_headers()
        heard("http", events)
    def do_PUT(self):
        say("by PUT")
        self.do_POST()
    def log_message(self, *args): pass
class OverTcp(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: heard("tcp", [json.loads(line)])
def serve(kind, handler):
    server = kind(("sandbox.localdomain", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
web, tcp = serve(http.server.HTTPServer, OverHttp), serve(socketserver.TCPServer, OverTcp)
id = register(["INVOKE", "SHUTDOWN"])[1]["Lambda-Extension-Identifier"]
def subscribe(types, destination, more={}, id=id, version="2022-12-13", path="/2022-07-01/telemetry"):
    body = {"schemaVersion": version, "types": types, "destination": destination, **more}
    if version is None: del body["schemaVersion"]
    return call("PUT", path, body, {"Lambda-Extension-Identifier": id})
def subscribe_logs(*args, version=None, **more):
    return subscribe(*args, version=version, path="/2020-08-15/logs", **more)
over_http = {"protocol": "HTTP", "URI": "http://sandbox.localdomain:%d/here" % web}
soon = {"buffering": {"timeoutMs": 25}}
`
const waits = `
while True:
    event = next_event(id)[2]
    time.sleep(0.4)
    if event["eventType"] == "SHUTDOWN": break
`

/** The events that were heard in these lines, without their times. */
function heardIn(lines: readonly string[], how = 'http'): { type: string; record: unknown }[] {
  return lines.flatMap((line) => {
    const [, text] = new RegExp(`^heard ${how} (.*)$`).exec(line) ?? []
    if (text === undefined) return []
    const { time, ...event } = JSON.parse(text) as { time: string; type: string; record: unknown }
    expect(new Date(time).toISOString()).toBe(time)
    return [event]
  })
}

async function subscribed(script: string, runtime = 'nodejs24.x', more = {}) {
  const layers = [await layerOf(f, { 'extensions/listener': `${listens}${script}${waits}` })]
  const spec = await handlers[runtime]?.(f, { layers, ...more })
  if (!spec) throw new Error(runtime)
  return spec
}

test.each(Object.keys(handlers))('the platform tells of %s what happens, from the start on', async (runtime) => {
  const spec = await subscribed('say(*subscribe(["platform"], over_http, soon)[::2])', runtime)
  const requestId = '11111111-2222-3333-4444-555555555555'
  const first = await f.run(spec, { a: 1 }, { requestId, traceId: 'Root=1-2-3' })
  expect(first.lines).toContain('200 OK')
  expect(first.lines.join('\n')).toContain('TELEMETRY\tName: listener\tState: Subscribed\tTypes: [platform]')
  const tracing = { type: 'X-Amzn-Trace-Id', value: 'Root=1-2-3' }
  const init = { initializationType: 'on-demand', phase: 'init' }
  const durationMs = expect.any(Number)
  const span = (name: string) => ({ name, start: expect.any(String), durationMs })
  const subscription = 'platform.telemetrySubscription'
  const heard = heardIn(first.lines)
  // The runtime starts as soon as extensions have registered: it may be quicker than their next step.
  expect(heard.find(({ type }) => type === subscription)).toEqual({
    type: subscription,
    record: { name: 'listener', state: 'Subscribed', types: ['platform'] },
  })
  expect(heard.filter(({ type }) => type !== subscription)).toEqual([
    {
      type: 'platform.initStart',
      record: {
        ...init,
        functionName: spec.functionName,
        functionVersion: '$LATEST',
        instanceId: first.logStream,
        instanceMaxMemory: 256 * 1_048_576,
      },
    },
    { type: 'platform.initRuntimeDone', record: { ...init, status: 'success' } },
    { type: 'platform.extension', record: { name: 'listener', state: 'Ready', events: ['INVOKE', 'SHUTDOWN'] } },
    { type: 'platform.initReport', record: { ...init, status: 'success', metrics: { durationMs } } },
    { type: 'platform.start', record: { requestId, version: '$LATEST', functionVersion: '$LATEST', tracing } },
    {
      type: 'platform.runtimeDone',
      record: {
        requestId,
        status: 'success',
        metrics: { durationMs, producedBytes: 7 + (runtime === 'nodejs24.x' ? 0 : 1) },
        tracing,
        spans: [span('responseLatency'), span('responseDuration')],
      },
    },
  ])
  // How an invocation went in full is known when it is over.
  const second = await f.run(spec, { fail: 'on purpose' })
  const [report, , done] = heardIn(second.lines)
  expect(report).toEqual({
    type: 'platform.report',
    record: {
      requestId,
      status: 'success',
      metrics: {
        durationMs,
        billedDurationMs: expect.any(Number),
        memorySizeMB: 256,
        maxMemoryUsedMB: expect.any(Number),
        initDurationMs: expect.any(Number),
      },
      tracing,
    },
  })
  expect(done).toMatchObject({ type: 'platform.runtimeDone', record: { status: 'failure' } })
})

test('what is printed comes line by line, whose it is said; JSON logs come as JSON', async () => {
  const script =
    'say(subscribe(["function"], over_http, soon)[0])\nsay(subscribe(["function"], {"protocol": "TCP", "port": tcp}, soon)[0])'
  const text = await f.run(await subscribed(script))
  expect(text.lines.filter((line) => line === '200')).toHaveLength(2)
  // The later subscription of an extension takes the place of the one before.
  expect(heardIn(text.lines, 'http')).toEqual([])
  expect(heardIn(text.lines, 'tcp')).toEqual([
    { type: 'function', record: expect.stringMatching(/^\S+\t\S+\tINFO\thandling$/) },
  ])
  const json = await f.run(
    await subscribed('subscribe(["function"], over_http, soon)', 'nodejs24.x', { logFormat: 'JSON' }),
  )
  expect(heardIn(json.lines)).toEqual([
    { type: 'function', record: expect.objectContaining({ level: 'INFO', message: 'handling' }) },
  ])
})

test('what extensions print is heard by others, and what cannot be subscribed to is refused by name', async () => {
  const script = `
def refused(*args, **more):
    status, _, body = subscribe(*args, **more)
    say("refused", status, body["errorType"], body["errorMessage"])
say("first words")
say("without", *subscribe(["function"], over_http, {"buffering": None})[::2])
refused([], over_http)
refused(["platform", "weather"], over_http)
refused(["platform"], {"protocol": "HTTP", "URI": "http://sandbox.localdomain"})
refused(["platform"], {"protocol": "HTTP", "URI": "http://10.1.2.3:80"})
refused(["platform"], {"protocol": "UDP"})
refused(["platform"], over_http, {"buffering": {"maxItems": 10}})
refused(["platform"], over_http, {"buffering": "all"})
refused(["platform"], over_http, version="1999-01-01")
refused(["platform"], over_http, id="11111111-2222-3333-4444-555555555555")
def late():
    time.sleep(0.2)
    refused(["platform"], over_http)
threading.Thread(target=late).start()`
  const { lines } = await f.run(await subscribed(script), { ms: 500 })
  expect(lines).toContain('without 200 OK')
  expect(lines.filter((line) => line.startsWith('refused'))).toEqual([
    'refused 400 ValidationError types should not be empty',
    'refused 400 ValidationError types are of platform, function, extension',
    'refused 400 ValidationError URI port is not provided',
    'refused 400 ValidationError URI host is sandbox.localdomain',
    'refused 400 ValidationError protocol is HTTP or TCP',
    'refused 400 ValidationError maxItems is from 1000 to 10000',
    'refused 400 ValidationError buffering is an object',
    'refused 400 ValidationError schemaVersion is one of 2022-07-01, 2022-12-13, 2025-01-29',
    expect.stringMatching(/^refused 403 Extension.UnknownExtensionIdentifier /),
    expect.stringMatching(/^refused 403 Telemetry.SubscriptionClosed /),
  ])
  const other = `${speaks}\nid = register(["INVOKE"])[1]["Lambda-Extension-Identifier"]\nsay("words of another")\nwhile True: next_event(id)`
  // What it prints itself is heard as well, and so not said again.
  const listener = `${listens}wanted = "words of another"\nsubscribe(["extension"], over_http, soon)\n${waits}`
  const layers = [await layerOf(f, { 'extensions/another': other, 'extensions/listener': listener })]
  const spec = await handlers['nodejs24.x']?.(f, { layers })
  if (!spec) throw new Error('no handler')
  expect(heardIn((await f.run(spec)).lines)).toContainEqual({ type: 'extension', record: 'words of another' })
})

const id = (digit: string) => `${digit.repeat(8)}-2222-3333-4444-555555555555`

test('the Logs API tells of invocations in its own words, to PUT as to POST', async () => {
  const script = `
over_http["method"] = "PUT"
say(*subscribe_logs(["platform", "function"], over_http, soon, version="2021-03-18")[::2])
# The same again is no second subscription.
say(*subscribe_logs(["platform", "function"], over_http, soon, version="2021-03-18")[::2])`
  const spec = await subscribed(script, 'nodejs24.x', { logFormat: 'Text' })
  const first = await f.run(spec, { a: 1 }, { requestId: id('1'), traceId: 'Root=1-2-3;Sampled=1' })
  const second = await f.run(spec, { fail: 'on purpose' }, { requestId: id('2') })
  expect(first.lines.filter((line) => line === '200 OK')).toHaveLength(2)
  const types = '[platform, function]'
  expect(
    first.lines.filter((line) => line === `LOGS\tName: listener\tState: Subscribed\tTypes: ${types}`),
  ).toHaveLength(1)
  expect(first.lines).toContain('by PUT')
  const heard = heardIn([...first.lines, ...second.lines])
  const told = heard.filter(({ type }) => type !== 'function')
  const record = { name: 'listener', state: 'Subscribed', types: ['platform', 'function'] }
  expect(told.filter(({ type }) => type === 'platform.logsSubscription')).toEqual([
    { type: 'platform.logsSubscription', record },
  ])
  const ofTwo = told.filter(({ type }) => type !== 'platform.logsSubscription')
  const number = expect.any(Number)
  const metrics = {
    ...{ durationMs: number, billedDurationMs: number, memorySizeMB: 256, maxMemoryUsedMB: number },
    initDurationMs: number,
  }
  const tracing = { type: 'X-Amzn-Trace-Id', value: 'Root=1-2-3;Sampled=1' }
  expect(ofTwo.slice(0, 7)).toEqual([
    { type: 'platform.extension', record: { name: 'listener', state: 'Ready', events: ['INVOKE', 'SHUTDOWN'] } },
    { type: 'platform.start', record: { requestId: id('1'), version: '$LATEST' } },
    { type: 'platform.runtimeDone', record: { requestId: id('1'), status: 'success' } },
    { type: 'platform.end', record: { requestId: id('1') } },
    { type: 'platform.report', record: { requestId: id('1'), metrics, tracing } },
    { type: 'platform.start', record: { requestId: id('2'), version: '$LATEST' } },
    { type: 'platform.runtimeDone', record: { requestId: id('2'), status: 'failure' } },
  ])
  expect(heard).toContainEqual({ type: 'function', record: expect.stringMatching(/INFO\thandling$/) })
})

test('the older schema has no runtimeDone, and its records of JSON logs are text; faults are told', async () => {
  const script = 'subscribe_logs(["platform", "function"], over_http, soon)'
  const spec = await subscribed(script, 'nodejs24.x', { logFormat: 'JSON' })
  const heard = heardIn((await f.run(spec, {}, { requestId: id('1') })).lines)
  const types = heard.map(({ type }) => type)
  expect(types).toContain('platform.start')
  expect(types.filter((type) => /Done|init|telemetry/i.test(type))).toEqual([])
  const printed = heard.find(({ type }) => type === 'function')?.record
  expect(JSON.parse(String(printed))).toMatchObject({ level: 'INFO', message: 'handling' })
  const ended = await f.run(spec, { exit: 3 }, { requestId: id('2') })
  expect(heardIn(ended.lines)).toContainEqual({
    type: 'platform.fault',
    record: `RequestId: ${id('2')} Process exited before completing request`,
  })
})

test.each([
  ['subscribe', 'subscribe_logs', 'Logs'],
  ['subscribe_logs', 'subscribe', 'Telemetry'],
])('an extension uses one API or the other (%s, then %s)', async (one, other, name) => {
  const script = `
def refused(how, *args, **more):
    status, _, body = how(*args, **more)
    say("refused", status, body["errorType"], body["errorMessage"])
${one}(["extension"], over_http)
refused(${other}, ["extension"], over_http)
refused(subscribe_logs, [], {"protocol": "HTTP", "URI": "http://sandbox.localdomain"})
refused(subscribe_logs, ["platform"], over_http, {"buffering": {"maxItems": 999, "maxBytes": 1048577, "timeoutMs": 24}})
refused(subscribe_logs, ["platform"], {**over_http, "method": "GET"}, version="2022-12-13")
refused(subscribe_logs, ["platform"], over_http, id="11111111-2222-3333-4444-555555555555")
def late():
    time.sleep(0.2)
    refused(subscribe_logs, ["platform"], over_http)
threading.Thread(target=late).start()`
  const { lines } = await f.run(await subscribed(script), { ms: 500 })
  expect(lines.filter((line) => line.startsWith('refused'))).toEqual([
    expect.stringMatching(new RegExp(`^refused 400 ${name}.AccessDenied listener has subscribed to the `)),
    'refused 400 Logs.ValidationError types should not be empty; URI port is not provided',
    'refused 400 Logs.ValidationError maxItems is from 1000 to 10000; maxBytes is from 262144 to 1048576; timeoutMs is from 25 to 30000',
    'refused 400 Logs.ValidationError schemaVersion is one of 2020-08-15, 2021-03-18; method is POST or PUT',
    expect.stringMatching(/^refused 403 Extension.UnknownExtensionIdentifier /),
    'refused 403 Logs.SubscriptionClosed Logs API subscription is closed already',
  ])
})

test('what takes too long is done as well: both APIs say so', async () => {
  const spec = await subscribed('subscribe(["platform"], over_http, soon)', 'nodejs24.x', { timeoutMs: 1_000 })
  const { lines } = await f.run(spec, { ms: 5_000 }, { requestId: id('1') })
  expect(heardIn(lines)).toContainEqual({
    type: 'platform.runtimeDone',
    record: expect.objectContaining({ requestId: id('1'), status: 'timeout' }),
  })
})
