import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fixture, startRunner, zipOf } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  // No control groups there, as for a node that was given none.
  f = await startRunner({ isolation: false })
})
afterAll(() => f[Symbol.asyncDispose]())

const limits = `const { readFileSync } = require('fs')
const mb = (what, of) => Math.round(Number(new RegExp(what + ':?\\\\s+(\\\\d+)', 'm').exec(readFileSync('/proc/self/' + of, 'latin1'))?.[1]) / 1024)
const limitMb = () => Math.round(mb('Max data size', 'limits') / 1024)`

describe.runIf(existsSync('/proc/self/limits') && existsSync('/usr/bin/prlimit'))('without control groups', () => {
  test('what a Node function and its children may reserve is bounded; worker threads have room', async () => {
    const spec = await f.spec({
      'index.js': `${limits}
const { Worker } = require('worker_threads')
exports.handler = async () => {
  const child = require('child_process').execFileSync('sh', ['-c', 'ulimit -d']).toString().trim()
  const workers = Array.from({ length: 6 }, () => new Worker('require("worker_threads").parentPort.postMessage(1)', { eval: true }))
  await Promise.all(workers.map((one) => new Promise((resolve, reject) => one.once('message', resolve).once('error', reject))))
  return { limit: limitMb(), child: Math.round(Number(child) / 1024) }
}`,
    })
    const { value } = await f.run(spec)
    const { limit, child } = value as { limit: number; child: number }
    expect(limit).toBeGreaterThan(256 + 640)
    expect(limit).toBeLessThan(8_000)
    expect(child).toBe(limit)
  })

  test('so it is for a bootstrap, Python, and what a supervisor starts', async () => {
    const sh = `#!/bin/sh
while :; do
  id=$(curl -sS -D - -o /dev/null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: *//ip' | tr -d '\\r')
  curl -sS -o /dev/null -d "$(ulimit -d | sed 's/unlimited/null/')" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"
done`
    const bootstrap = await f.zipSpec(await zipOf({ bootstrap: sh }, 0o100755), { runtime: 'provided.al2023' })
    expect((await f.run(bootstrap)).value).toBeLessThan((256 + 640 + 1_000) * 1024)
    const python = await f.spec(
      {
        'index.py':
          'import resource\ndef handler(event, context): return resource.getrlimit(resource.RLIMIT_DATA)[0] >> 20',
      },
      { runtime: 'python3.12' },
    )
    const boundMb = (await f.run(python)).value as number
    // Minus one: none.
    expect(boundMb).toBeGreaterThanOrEqual(0)
    expect(boundMb).toBeLessThan(256 + 640 + 100)
  })

  test('memory that is no heap, taken as fast as it can be, ends the function and nothing else', async () => {
    const greedy = await f.spec(
      {
        'index.js': `const kept = []
exports.handler = async () => { for (;;) { kept.push(Buffer.alloc(4_000_000, 1)); if (kept.length % 8 === 0) console.log('took', kept.length * 4) } }`,
      },
      { memoryMb: 128 },
    )
    const other = await f.spec({ 'index.js': 'exports.handler = async () => "served"' })
    await f.run(other)
    const [{ error, lines }, ...served] = await Promise.all([f.run(greedy), ...[1, 2, 3].map(() => f.run(other))])
    expect(error).toBe('Unhandled')
    expect(served.map(({ value }) => value)).toEqual(['served', 'served', 'served'])
    const took = Math.max(...lines.map((line) => Number(/took (\d+)/.exec(line)?.[1] ?? 0)))
    expect(took).toBeLessThan(6_000)
  })
})
