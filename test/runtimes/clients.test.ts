import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, startRunner, zipOf } from '../../src/functions/runner.fixture.ts'
import type { FunctionSpec } from '../../src/kernel/functions.ts'
import { layerOf } from './extension.fixture.ts'
import { cacheDir, have, python, pythonPackage, run, scratch } from './tools.ts'

/** AWS's own clients, as they are published, each by the ordinary client of its registry. Java's is in added.test.ts. */

let f: Fixture
beforeAll(async () => {
  f = await startRunner()
})
afterAll(() => f[Symbol.asyncDispose]())

const requestId = '11111111-2222-3333-4444-555555555555'

/** What each client's function does: greets a `name`, and fails without one. */
async function greets(spec: FunctionSpec, failure: object) {
  const outcome = await f.run(spec, { name: 'you' }, { requestId })
  expect([outcome.error, outcome.value]).toEqual([undefined, expect.objectContaining({ hello: 'you', id: requestId })])
  expect(outcome.lines.join('\n')).toContain('handling')
  const failed = await f.run(spec, {})
  expect([failed.error, failed.value]).toEqual(['Unhandled', expect.objectContaining(failure)])
  expect((await f.run(spec, { name: 'again' })).value).toMatchObject({ hello: 'again' })
}

test.runIf(have(python))('Python: awslambdaric', async () => {
  const files = {
    ...(await pythonPackage('awslambdaric')),
    bootstrap: Buffer.from(
      `#!/bin/sh\nexport PYTHONPATH=/var/task:$(pwd)\nexec ${python} -m awslambdaric "$_HANDLER"\n`,
    ),
    'app.py': Buffer.from(`def handler(event, context):
    print("handling")
    if "name" not in event:
        raise ValueError("no name")
    return {"hello": event["name"], "id": context.aws_request_id}
`),
  }
  const spec = await f.zipSpec(await zipOf(files, 0o100755), { runtime: 'provided.al2023', handler: 'app.handler' })
  await greets(spec, { errorType: 'ValueError', errorMessage: 'no name' })
})

test.runIf(have('go', 'version')).each([
  ['provided.al2023', 'bootstrap', ['-tags', 'lambda.norpc']],
  ['go1.x', 'main', []],
] as const)(
  'Go: aws-lambda-go on %s',
  async (runtime, handler, flags) => {
    await using work = await scratch()
    const client = 'github.com/aws/aws-lambda-go'
    await writeFile(
      join(work.path, 'main.go'),
      `package main
import ("context"; "errors"; "fmt"; "${client}/lambda"; "${client}/lambdacontext")
type event struct { Name string }
func handle(ctx context.Context, e event) (map[string]string, error) {
  fmt.Println("handling", e.Name)
  if e.Name == "" { return nil, errors.New("no name") }
  c, _ := lambdacontext.FromContext(ctx)
  return map[string]string{"hello": e.Name, "id": c.AwsRequestID}, nil
}
func main() { lambda.Start(handle) }
`,
    )
    // Sums are of no use to a module that is made anew each time.
    const options = { cwd: work.path, env: { ...process.env, CGO_ENABLED: '0', GONOSUMDB: '*', GOFLAGS: '-mod=mod' } }
    run('go', ['mod', 'init', 'f'], options)
    run('go', ['get', `${client}@v1`], options)
    run('go', ['build', ...flags, '-o', handler, '.'], options)
    const zip = await zipOf({ [handler]: await readFile(join(work.path, handler)) }, 0o100755)
    await greets(await f.zipSpec(zip, { runtime, handler }), { errorType: 'errorString', errorMessage: 'no name' })
  },
  300_000,
)

/** Builds the crate beside this file, once for many runs. Its lockfile stays there too: it names a registry. */
async function buildRust(): Promise<string> {
  const crate = join(cacheDir, 'crate')
  await mkdir(crate, { recursive: true })
  await cp(join(import.meta.dirname, 'rust'), crate, { recursive: true })
  run('cargo', ['build', '--quiet'], { cwd: crate, env: { ...process.env, CARGO_TARGET_DIR: join(cacheDir, 'rust') } })
  return join(cacheDir, 'rust', 'debug')
}

test.runIf(have('cargo'))(
  'Rust: lambda_runtime, and lambda-extension beside it',
  async () => {
    const built = await buildRust()
    const zip = await zipOf({ bootstrap: await readFile(join(built, 'bootstrap')) }, 0o100755)
    const function_ = { runtime: 'provided.al2023', handler: 'x', memoryMb: 512 }
    await greets(await f.zipSpec(zip, function_), { errorMessage: 'no name' })

    const layers = [await layerOf(f, { 'extensions/rust': await readFile(join(built, 'extension')) })]
    const spec = await f.zipSpec(zip, { ...function_, layers })
    const first = await f.run(spec, { name: 'you' }, { requestId })
    expect(first.value).toMatchObject({ hello: 'you' })
    for (const line of ['initStart', 'initReport', `start ${requestId}`, `done ${requestId}`, 'function handling']) {
      expect(first.lines).toContain(`telemetry: ${line}`)
    }
    expect(first.lines).toContain(`extension: invoke ${requestId}`)
    const second = await f.run(spec, { name: 'again' })
    expect(second.lines).toContain(`telemetry: report ${requestId} 512`)
  },
  600_000,
)
