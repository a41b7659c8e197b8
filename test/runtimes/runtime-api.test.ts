import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, startRunner, zipOf } from '../../src/functions/runner.fixture.ts'
import type { StreamHead } from '../../src/kernel/functions.ts'
import { speaks } from './extension.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner()
})
afterAll(() => f[Symbol.asyncDispose]())

/** A bootstrap that runs this Python for each invocation, with `path` (of the invocation), `event` and `stream`. */
async function bootstrap(each: string, before = '') {
  const text = `${speaks}
import socket
runtime = "/2018-06-01/runtime/"
def stream(path, pieces, trailers={}, content_type="application/octet-stream"):
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    s = socket.create_connection((host, int(port)))
    head = ["POST " + path + "/response HTTP/1.1", "Host: x", "Transfer-Encoding: chunked", "Content-Type: " + content_type,
            "Lambda-Runtime-Function-Response-Mode: streaming"]
    if trailers: head.append("Trailer: " + ", ".join(trailers))
    s.sendall(("\\r\\n".join(head) + "\\r\\n\\r\\n").encode())
    for piece in pieces:
        if piece is None:
            time.sleep(0.1)
            s.close()
            return
        s.sendall(b"%x\\r\\n" % len(piece) + piece + b"\\r\\n")
    s.sendall(b"0\\r\\n" + "".join(k + ": " + v + "\\r\\n" for k, v in trailers.items()).encode() + b"\\r\\n")
    return s.recv(100).split(b" ")[1].decode()
${before}
while True:
    _, headers, event = call("GET", runtime + "invocation/next")
    path = runtime + "invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
${each.replace(/^/gm, '    ')}
`
  const zip = await zipOf({ bootstrap: text }, 0o100755)
  return f.zipSpec(zip, { runtime: 'provided.al2023', handler: 'the.handler' })
}

test('what comes at the wrong time, twice or for another is refused, and the answer stands', async () => {
  const spec = await bootstrap(`
said = [
    call("POST", runtime + "invocation/other/response", "no")[::2],
    call("POST", runtime + "init/error", {})[::2],
    call("GET", runtime + "invocation/next")[::2],
    call("GET", runtime + "restore/next")[::2],
    call("POST", runtime + "restore/error", {})[::2],
]
call("POST", path + "/response", [[status, body["errorType"]] for status, body in said])
for again in [call("POST", path + "/response", "again"), call("POST", path + "/error", {"errorType": "Late"})]:
    say("again", again[0], again[2]["errorType"])`)
  const first = await f.run(spec)
  expect(first.value).toEqual([
    [400, 'InvalidRequestID'],
    [403, 'InvalidStateTransition'],
    [403, 'InvalidStateTransition'],
    [403, 'InvalidStateTransition'],
    [403, 'InvalidStateTransition'],
  ])
  // What it prints after its answer is of a later request, or of none, as it happens.
  const second = await f.run(spec)
  for (const line of [...first.lines, ...second.lines].filter((one) => one.startsWith('again'))) {
    expect(line).toBe('again 403 InvalidStateTransition')
  }
})

test('a response over the limit is refused, and the function has failed', async () => {
  const spec = await bootstrap(`
if event == "large":
    status, _, body = call("POST", path + "/response", b"1" * 6291557)
    print(status, body["errorType"], body["errorMessage"])
else: call("POST", path + "/response", b'"' + b"1" * 6291554 + b'"')`)
  expect((await f.run(spec, 'large')).value).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' })
  const fits = await f.run(spec, 'fits')
  expect(String(fits.value)).toHaveLength(6_291_554)
})

test('an answer may come in pieces, which go on as they come, and may fail late', async () => {
  const spec = await bootstrap(`
if event == "late":
    body = __import__("base64").b64encode(b'{"errorType":"Own.Late","errorMessage":"half way"}').decode()
    stream(path, [b"first"], {"Lambda-Runtime-Function-Error-Type": "Unhandled", "Lambda-Runtime-Function-Error-Body": body})
elif event == "cut": stream(path, [b"first", None])
elif event == "large": stream(path, [b"x" * 1000000] * 8)
else: say(stream(path, [b"one ", b"two ", b"three"], content_type="text/plain"))`)
  const streamed = async (event: string) => {
    const heads: StreamHead[] = []
    const pieces: Buffer[] = []
    const response = {
      start: (head: StreamHead) => void heads.push(head),
      write(chunk: Uint8Array) {
        pieces.push(Buffer.from(chunk))
        return undefined
      },
    }
    const lines: string[] = []
    const outcome = await f.runner.run(spec, {
      requestId: crypto.randomUUID(),
      payload: Buffer.from(JSON.stringify(event)),
      response,
      onLog: (_, batch) => lines.push(...batch.map(({ message }) => message)),
    })
    return { outcome, heads, text: Buffer.concat(pieces), failure: Buffer.from(outcome.payload).toString() }
  }
  const fine = await streamed('fine')
  expect([fine.heads, fine.text.toString(), fine.outcome.error]).toEqual([
    [{ contentType: 'text/plain' }],
    'one two three',
    undefined,
  ])
  const late = await streamed('late')
  expect([late.text.toString(), JSON.parse(late.failure)]).toEqual([
    'first',
    expect.objectContaining({ errorType: 'Own.Late', errorMessage: 'half way' }),
  ])
  const cut = await streamed('cut')
  expect(JSON.parse(cut.failure)).toMatchObject({ errorType: 'Runtime.TruncatedResponse' })
  expect((await streamed('large')).text).toHaveLength(8_000_000)
  // Who does not take a stream gets all of it at once.
  const gathered = await f.runner.run(spec, { requestId: crypto.randomUUID(), payload: Buffer.from('"fine"') })
  expect(Buffer.from(gathered.payload).toString()).toBe('one two three')
})
