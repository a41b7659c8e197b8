import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FunctionSpec } from '../kernel/functions.ts'
import { type Fixture, startRunner, zipOf } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner()
})
afterAll(async () => {
  await f[Symbol.asyncDispose]()
})

/** A function whose bootstrap is this shell script, with `$api` and `next` (which sets `$id`, `$head`, `$event`). */
async function shell(script: string, more: Partial<FunctionSpec> = {}): Promise<FunctionSpec> {
  const bootstrap = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
next() {
  curl -sS -D /tmp/head -o /tmp/event "$api/invocation/next" || exit 9
  head=$(tr -d '\\r' < /tmp/head)
  id=$(printf '%s\\n' "$head" | sed -n 's/^lambda-runtime-aws-request-id: //Ip')
  event=$(cat /tmp/event)
}
post() { curl -sS -o /tmp/answer -w '%{http_code}' -X POST -H "$3" --data-binary "$2" "$api/$1"; }
${script}
`
  return f.zipSpec(await zipOf({ bootstrap }, 0o100755), {
    runtime: 'provided.al2023',
    handler: 'the.handler',
    ...more,
  })
}
const loop = (body: string) => `while true; do next\n${body}\ndone`

describe('a custom runtime', () => {
  test('takes invocations from the Runtime API and answers them, one process for many', async () => {
    const spec = await shell(
      loop(`
      echo "handling $_HANDLER in $(pwd)"
      printf 'no line end'
      post "invocation/$id/response" "{\\"pid\\":$$,\\"event\\":$event}" > /dev/null`),
    )
    const first = await f.run(spec, { a: 'ä' })
    expect(first.error).toBeUndefined()
    expect(first.value).toEqual({ pid: expect.any(Number), event: { a: 'ä' } })
    expect(first.lines.join('\n')).toMatch(
      /START[\s\S]*handling the\.handler in \/[\s\S]*no line end[\s\S]*END[\s\S]*REPORT/,
    )
    const second = await f.run(spec, { b: 2 })
    expect((second.value as { pid: number }).pid).toBe((first.value as { pid: number }).pid)
    expect(second.value).toMatchObject({ event: { b: 2 } })
  })

  test('is told request, deadline, function, trace and client context', async () => {
    const spec = await shell(
      loop(
        `post "invocation/$id/response" "$(printf '%s' "$head" | tr -d '"\\\\\\\\' | tr '\\n' '|' | sed 's/.*/"&"/')" > /dev/null`,
      ),
    )
    const outcome = await f.run(
      spec,
      {},
      {
        requestId: '11111111-2222-3333-4444-555555555555',
        traceId: 'Root=1-2-3',
        clientContext: '{"custom":{"k":"v"}}',
        invokedArn: `${spec.functionArn}:live`,
      },
    )
    const text = String(outcome.value)
    expect(text).toMatch(/lambda-runtime-aws-request-id: 11111111-2222-3333-4444-555555555555\|/i)
    expect(text).toMatch(/lambda-runtime-trace-id: Root=1-2-3\|/i)
    expect(text).toMatch(/lambda-runtime-client-context: {custom:{k:v}}/i)
    expect(text).toContain(`-Function-Arn: ${spec.functionArn}:live|`)
    expect(text).toMatch(/lambda-runtime-deadline-ms: \d{13}\|/i)
  })

  test('reports an error of an invocation, and serves the next', async () => {
    const spec = await shell(
      loop(`
      case "$event" in
        *fail*) post "invocation/$id/error" '{"errorMessage":"no","errorType":"Mine"}' 'Lambda-Runtime-Function-Error-Type: Unhandled' ;;
        *) post "invocation/$id/response" '"fine"' ;;
      esac > /dev/null`),
    )
    const failed = await f.run(spec, 'fail')
    expect(failed.error).toBe('Unhandled')
    expect(failed.value).toMatchObject({ errorType: 'Mine', errorMessage: 'no' })
    expect((await f.run(spec, 'go')).value).toBe('fine')
  })

  test('an answer to another request is refused, and no API is made up', async () => {
    const spec = await shell(
      loop(`
      wrong=$(post invocation/other/response '1')
      none=$(curl -s -o /dev/null -w '%{http_code}' "$api/nothing")
      right=$(post "invocation/$id/response" "[$wrong,$none]")`),
    )
    expect((await f.run(spec)).value).toEqual([400, 404])
  })

  test('no other instance and nobody outside reaches its Runtime API', async () => {
    const own = await shell(loop(`post "invocation/$id/response" "\\"$AWS_LAMBDA_RUNTIME_API\\"" > /dev/null`))
    const api = String((await f.run(own)).value)
    expect(api).toMatch(/^127\.0\.0\.1:\d+$/)
    // Where instances are not kept apart, neither is this.
    const apart = f.runner.isolation.kind !== 'none'
    const other = await f.spec({
      'index.js': `exports.handler = ({ api }) => fetch('http://' + api + '/2018-06-01/x').then(() => 'reached', () => 'refused')`,
    })
    expect((await f.run(other, { api })).value).toBe(apart ? 'refused' : 'reached')
    const outside = await fetch(`http://${api}/2018-06-01/x`).then(
      () => 'reached',
      () => 'refused',
    )
    expect(outside).toBe(apart ? 'refused' : 'reached')
    expect((await f.run(own)).value).toBe(api)
  })

  test('an error while it starts is what the caller sees', async () => {
    const spec = await shell(
      `post init/error '{"errorMessage":"not today","errorType":"Mine.Init"}' > /dev/null; sleep 60`,
    )
    const { error, value } = await f.run(spec)
    expect([error, value]).toEqual(['Unhandled', expect.objectContaining({ errorType: 'Mine.Init' })])
  })

  test('ends before, in and after an invocation are told apart', async () => {
    const before = await f.run(await shell('echo going; exit 3'))
    expect(before.value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/exit status 3$/),
    })
    expect(before.lines.join('\n')).toContain('going')
    const within = await f.run(await shell(loop('exit 4')))
    expect(within.value).toMatchObject({ errorMessage: expect.stringMatching(/exit status 4$/) })
    const once = await shell(`next; post "invocation/$id/response" '"last"' > /dev/null; exit 0`)
    expect((await f.run(once)).value).toBe('last')
  })

  test('without a bootstrap that can be run, the caller is told so', async () => {
    const missing = await f.zipSpec(await zipOf({ 'main.txt': '' }), { runtime: 'provided.al2' })
    expect((await f.run(missing)).value).toMatchObject({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringMatching(/^Couldn't find valid bootstrap/),
    })
    const closed = await f.zipSpec(await zipOf({ bootstrap: '#!/bin/sh\n' }, 0o100644), { runtime: 'provided.al2' })
    expect((await f.run(closed)).value).toMatchObject({ errorMessage: expect.stringMatching(/permission denied$/) })
  })

  test('one that takes too long is ended; an answer that is too large is refused', async () => {
    const slow = await shell(loop('sleep 60'), { timeoutMs: 1_000 })
    expect((await f.run(slow)).value).toMatchObject({ errorType: 'Sandbox.Timedout' })
    const large = await shell(
      loop(`
      head -c 7000000 /dev/zero | tr '\\0' 1 > /tmp/large
      post "invocation/$id/response" @/tmp/large > /dev/null`),
    )
    expect((await f.run(large)).value).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' })
  })
})
