import { createHash } from 'node:crypto'
import { type Fixture, zipOf } from '../../src/functions/runner.fixture.ts'
import type { FunctionSpec } from '../../src/kernel/functions.ts'

/** The start of an extension's or bootstrap's program in Python: `call` speaks to the APIs of the instance. */
export const speaks = `#!/usr/bin/env python3
import json, os, sys, time, urllib.error, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
name = os.path.basename(sys.argv[0])
def say(*words, end="\\n"):
    print(*words, end=end, flush=True)
def call(method, path, body=None, headers={}):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(api + path, data=data, method=method, headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read() or b"null")
ext = "/2020-01-01/extension"
def register(events, name=name, more={}):
    return call("POST", ext + "/register", {"events": events}, {"Lambda-Extension-Name": name, **more})
def next_event(id):
    return call("GET", ext + "/event/next", None, {"Lambda-Extension-Identifier": id})
`

/** An extension that says what it is told, and lives by the rules. */
export const wellBehaved = `${speaks}
status, headers, body = register(["INVOKE", "SHUTDOWN"])
id = headers["Lambda-Extension-Identifier"]
say(name, "registered", status, json.dumps(body))
while True:
    _, headers, event = next_event(id)
    say(name, "got", json.dumps(event), "as", len(headers["Lambda-Extension-Event-Identifier"]))
    if event["eventType"] == "SHUTDOWN":
        break
`

/** A layer with these executables. */
export async function layerOf(f: Fixture, files: Record<string, string | Buffer>) {
  const zip = await zipOf(files, 0o100755)
  const { code } = await f.zipSpec(zip)
  return { code, sha256: createHash('sha256').update(zip).digest('base64') }
}

/** Handlers that do the same in each runtime: wait `ms`, fail if asked to, else give back the event. */
export const handlers: Readonly<Record<string, (f: Fixture, more: Partial<FunctionSpec>) => Promise<FunctionSpec>>> = {
  'nodejs24.x': (f, more) =>
    f.spec(
      {
        'index.js': `exports.handler = async (event) => {
          await new Promise((resolve) => setTimeout(resolve, event.ms ?? 0))
          console.log('handling')
          if (event.exit) process.exit(event.exit)
          if (event.fail) throw new Error(event.fail)
          return event
        }`,
      },
      more,
    ),
  'python3.13': (f, more) =>
    f.spec(
      {
        'index.py': `import os, time
def handler(event, context):
    time.sleep(event.get("ms", 0) / 1000)
    print("handling")
    if event.get("exit"): os._exit(event["exit"])
    if event.get("fail"): raise Exception(event["fail"])
    return event
`,
      },
      { runtime: 'python3.13', ...more },
    ),
  'provided.al2023': async (f, more) =>
    f.zipSpec(
      await zipOf(
        {
          bootstrap: `${speaks}
runtime = "/2018-06-01/runtime/invocation/"
while True:
    _, headers, event = call("GET", runtime + "next")
    path = runtime + headers["Lambda-Runtime-Aws-Request-Id"]
    time.sleep(event.get("ms", 0) / 1000)
    say("handling")
    if event.get("exit"): os._exit(event["exit"])
    if event.get("fail"): call("POST", path + "/error", {"errorType": "Error", "errorMessage": event["fail"]})
    else: call("POST", path + "/response", event)
`,
        },
        0o100755,
      ),
      { runtime: 'provided.al2023', handler: 'the.handler', ...more },
    ),
}
