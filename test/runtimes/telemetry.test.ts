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
def subscribe(types, destination, more={}, id=id, version="2022-12-13"):
    body = {"schemaVersion": version, "types": types, "destination": destination, **more}
    return call("PUT", "/2022-07-01/telemetry", body, {"Lambda-Extension-Identifier": id})
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
refused([], over_http)
refused(["platform", "weather"], over_http)
refused(["platform"], {"protocol": "HTTP", "URI": "http://sandbox.localdomain"})
refused(["platform"], {"protocol": "HTTP", "URI": "http://10.1.2.3:80"})
refused(["platform"], {"protocol": "UDP"})
refused(["platform"], over_http, {"buffering": {"maxItems": 10}})
refused(["platform"], over_http, version="1999-01-01")
refused(["platform"], over_http, id="11111111-2222-3333-4444-555555555555")
def late():
    time.sleep(0.2)
    refused(["platform"], over_http)
threading.Thread(target=late).start()`
  const { lines } = await f.run(await subscribed(script), { ms: 500 })
  expect(lines.filter((line) => line.startsWith('refused'))).toEqual([
    'refused 400 ValidationError types should not be empty',
    'refused 400 ValidationError types are of platform, function, extension',
    'refused 400 ValidationError URI port is not provided',
    'refused 400 ValidationError URI host is sandbox.localdomain',
    'refused 400 ValidationError protocol is HTTP or TCP',
    'refused 400 ValidationError maxItems is from 1000 to 10000',
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
