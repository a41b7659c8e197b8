import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CloudFormationClient,
  CreateStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeRole, settled } from './lambda-support.ts'
import { podmanStandIn, type StandIn } from './podman-stand-in.ts'

/** What is in the image: a program that speaks the Runtime API, as every base image has one. */
const program = `
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime'
const post = (path, body) => fetch(api + path, { method: 'POST', body: JSON.stringify(body) })
;(async () => {
  for (;;) {
    const next = await fetch(api + '/invocation/next')
    const id = next.headers.get('lambda-runtime-aws-request-id')
    const event = await next.json()
    console.log('asked for ' + event.do)
    if (event.do === 'exit') process.exit(3)
    if (event.do === 'fail') { await post('/invocation/' + id + '/error', { errorType: 'Oops', errorMessage: 'no' }); continue }
    if (event.do === 'wait') await new Promise((resolve) => setTimeout(resolve, 60_000))
    const node = await fetch(process.env.AWS_ENDPOINT_URL).then(() => 'reached', (error) => String(error.cause?.code ?? error))
    await post('/invocation/' + id + '/response', { env: process.env, argv: process.argv.slice(2), cwd: process.cwd(), pid: process.pid, node, uid: process.getuid() })
  }
})()`

let dir: string
let podman: StandIn
let node: TestNode
let lambda: LambdaClient
let role: string
const uri = 'registry.example/app:1'
const id = (digit: string) => `sha256:${digit.repeat(64)}`
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'landfall-image-'))
  await chmod(dir, 0o755)
  await writeFile(join(dir, 'app.cjs'), program)
  podman = await podmanStandIn()
  const entryPoint = [process.execPath, join(dir, 'app.cjs')]
  await podman.tag(uri, { id: id('a'), entryPoint, command: ['app.handler'] })
  await podman.tag('registry.example/app:2', { id: id('b'), entryPoint, command: ['second'] }, true)
  await podman.tag('registry.example/empty:1', { id: id('c') })
  node = await startNode({ functions: { containerEngine: podman.program } })
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'images')
})
afterAll(async () => {
  await node.close()
  await podman[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const make = async (FunctionName: string, more: Partial<CreateFunctionCommandInput> = {}) => {
  const input = { FunctionName, Role: role, PackageType: 'Image' as const, Code: { ImageUri: uri }, ...more }
  const made = await lambda.send(new CreateFunctionCommand(input))
  await settled(lambda, FunctionName)
  return made
}
const refused = (message: RegExp) => ({
  name: 'InvalidParameterValueException',
  message: expect.stringMatching(message),
})

interface Told {
  env: Record<string, string>
  argv: string[]
  cwd: string
  pid: number
  node: string
  uid: number
}
const told = async (name: string, event: object = {}) => (await call(lambda, name, event)).value as Told

test('an image is run: its entry point, environment, credentials, limits and what it prints', async () => {
  const made = await make('plain', {
    Environment: { Variables: { GREETING: 'a "quoted" = $value', PATH: '/nowhere' } },
    MemorySize: 256,
    EphemeralStorage: { Size: 600 },
  })
  expect(made).toMatchObject({
    PackageType: 'Image',
    State: 'Pending',
    CodeSize: 0,
    CodeSha256: 'a'.repeat(64),
  })
  expect(made.Runtime).toBeUndefined()
  const { value, log } = (await call(lambda, 'plain', { do: 'tell' }, { LogType: 'Tail' })) as unknown as {
    value: Told
    log: string
  }
  expect(value).toMatchObject({ argv: ['app.handler'], node: 'reached' })
  expect(value.env).toMatchObject({
    GREETING: 'a "quoted" = $value',
    PATH: '/nowhere',
    AWS_EXECUTION_ENV: 'AWS_Lambda_Image',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
  })
  expect(log).toContain('asked for tell')
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: 'plain' }))
  expect(Code).toMatchObject({
    RepositoryType: 'ECR',
    ImageUri: uri,
    ResolvedImageUri: `registry.example/app@sha256:${made.CodeSha256}`,
  })
  const run = (await podman.calls()).findLast(([verb]) => verb === 'run') as string[]
  expect(run).toEqual(
    expect.arrayContaining([
      ...['--rm', '--pull=never', '--read-only', '/tmp:rw,mode=1777,size=600m,notmpcopyup', '--cap-drop=all'],
      ...['--security-opt=no-new-privileges', '--pids-limit=1024', '--memory=856m', '--memory-swap=856m', id('a')],
    ]),
  )
  expect(run.filter((word) => /^(-v|--volume|--mount|--privileged|--env)/.test(word))).toEqual(['--env-file'])
  const { kind } = await node.node.host.functions.network()
  expect(run[run.indexOf('--network') + 1]).toMatch(kind === 'own' ? /^ns:\/proc\/\d+\/ns\/net$/ : /^host$/)
  expect(run.join(' ')).not.toContain(value.env.AWS_SECRET_ACCESS_KEY)
  // Warm: the same container.
  expect((await told('plain')).pid).toBe(value.pid)
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'plain' }))
  await expect.poll(() => podman.containers()).toEqual([])
})

test('what the function sets is run instead of what the image says, in every version as it was published', async () => {
  const ImageConfig = { Command: ['one', 'two'], WorkingDirectory: dir }
  expect((await make('set', { ImageConfig })).ImageConfigResponse).toEqual({ ImageConfig })
  expect(await told('set')).toMatchObject({ argv: ['one', 'two'], cwd: dir })
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: 'set' }))
  const empty = { ImageConfig: { EntryPoint: [], Command: [], WorkingDirectory: '' } }
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'set', ...empty }))
  expect(await told('set')).toMatchObject({ argv: ['app.handler'], cwd: '/' })
  expect(await told(`set:${Version}`)).toMatchObject({ argv: ['one', 'two'] })
})

test('a tag that moves changes nothing until the code is updated; what only a registry has is pulled', async () => {
  const FunctionName = 'moved'
  const { CodeSha256 } = await make(FunctionName)
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ImageUri: 'registry.example/app:2' }))
  const updated = await settled(lambda, FunctionName)
  expect(updated.CodeSha256).toBe('b'.repeat(64))
  expect(updated.CodeSha256).not.toBe(CodeSha256)
  expect(await told(FunctionName)).toMatchObject({ argv: ['second'] })
  await podman.tag('registry.example/app:2', { id: id('d'), entryPoint: ['/bin/false'] })
  await podman.tag('registry.example/kept:2', { id: id('b') })
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: 'changed' }))
  expect(await told(FunctionName)).toMatchObject({ argv: ['second'] })
})

test('one that crashes, fails or takes too long is what the caller hears of, and its container goes', async () => {
  await make('bad', { Timeout: 1 })
  expect((await call(lambda, 'bad', { do: 'fail' })).value).toMatchObject({ errorType: 'Oops' })
  expect((await call(lambda, 'bad', { do: 'exit' })).value).toMatchObject({ errorType: 'Runtime.ExitError' })
  const late = await call(lambda, 'bad', { do: 'wait' })
  expect(late.value).toMatchObject({ errorMessage: expect.stringMatching(/Task timed out after 1.00 seconds/) })
  expect(await told('bad')).toMatchObject({ node: 'reached' })
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'bad' }))
  await make('broken', { Environment: { Variables: { TWO: 'lines\nhere' } } })
  expect((await call(lambda, 'broken')).value).toMatchObject({
    errorMessage: expect.stringMatching(/TWO has a line break/),
  })
})

test('a container that the engine does not remove costs the caller nothing, and goes when the engine removes again', async () => {
  const before = await podman.containers()
  await make('kept', { Timeout: 1 })
  await podman.keepContainers(true)
  const late = await call(lambda, 'kept', { do: 'wait' })
  expect(late.value).toMatchObject({ errorMessage: expect.stringMatching(/Task timed out/) })
  const kept = (await podman.containers()).filter((name) => !before.includes(name))
  expect(kept).not.toEqual([])
  await podman.keepContainers(false)
  expect(await told('kept')).toMatchObject({ node: 'reached' })
  expect((await podman.containers()).filter((name) => kept.includes(name))).toEqual([])
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'kept' }))
})

test('what cannot be is refused when it is asked for', async () => {
  await expect(make('x', { Code: { ImageUri: '--privileged' } })).rejects.toMatchObject(refused(/not the name of an/))
  await expect(make('x', { Code: { ImageUri: 'registry.example/empty:1' } })).rejects.toMatchObject(
    refused(/give ImageConfig an EntryPoint/),
  )
  await expect(make('x', { Architectures: ['arm64'] })).rejects.toMatchObject(refused(/is for x86_64/))
  await expect(make('x', { Handler: 'a.b' })).rejects.toMatchObject(refused(/Handler/))
  await expect(make('x', { ImageConfig: { EntryPoint: ['--rm'] } })).rejects.toMatchObject(refused(/hyphen/))
  await expect(make('x', { PackageType: 'Zip' })).rejects.toMatchObject(refused(/given together/))
  await make('still')
  const update = (input: object) =>
    lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'still', ZipFile: new Uint8Array(4), ...input }))
  await expect(update({})).rejects.toMatchObject(refused(/ImageUri/))
})

test('a template makes one; what a killed node left is removed when images are next used', async () => {
  const cloudformation = node.client(CloudFormationClient)
  const Properties = {
    Role: role,
    PackageType: 'Image',
    Code: { ImageUri: uri },
    ImageConfig: { Command: ['by', 'template'] },
  }
  const Resources = { F: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'templated', ...Properties } } }
  const TemplateBody = JSON.stringify({ Resources })
  await cloudformation.send(new CreateStackCommand({ StackName: 'images', TemplateBody }))
  const wait = { client: cloudformation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }
  await waitUntilStackCreateComplete(wait, { StackName: 'images' })
  expect(await told('templated')).toMatchObject({ argv: ['by', 'template'] })
  const { ImageConfig: _, ...without } = Properties
  const next = { F: { Type: 'AWS::Lambda::Function', Properties: { ...without, FunctionName: 'templated' } } }
  await cloudformation.send(
    new UpdateStackCommand({ StackName: 'images', TemplateBody: JSON.stringify({ Resources: next }) }),
  )
  await waitUntilStackUpdateComplete(wait, { StackName: 'images' })
  expect(await told('templated')).toMatchObject({ argv: ['app.handler'] })
  const run = (await podman.calls()).findLast(([verb]) => verb === 'run') as string[]
  const label = run[run.indexOf('--label') + 1]
  await node.restart()
  expect(await podman.containers()).toEqual([])
  lambda = node.client(LambdaClient)
  const boxes = join(podman.program, '../containers')
  await writeFile(join(boxes, 'orphan'), JSON.stringify({ pid: 2 ** 22, label }))
  await writeFile(join(boxes, 'stranger'), JSON.stringify({ pid: 2 ** 22, label: 'landfall=another' }))
  expect(await told('templated')).toMatchObject({ argv: ['app.handler'] })
  const left = await podman.containers()
  expect(left).toContain('stranger')
  expect(left).not.toContain('orphan')
})

test.each<[string, string | undefined, RegExp]>([
  ['podman', 'echo "cannot connect" >&2; exit 125', /\(podman does not work here: cannot connect\)\. Mend that/],
  ['docker', 'echo "Is the docker daemon running?" >&2; exit 1', /\(docker does not work here: Is the docker daemon/],
  [
    'podman',
    'case "$1" in info) echo 5.0.0;; *) echo "crun: refused" >&2; exit 126;; esac',
    /podman does not work here: it starts no container: crun: refused/,
  ],
  [
    'podman',
    undefined,
    /podman does not work here: \S+podman cannot be started: it, or what it is run with, is not there/,
  ],
])('without an engine that works, images are refused with the reason (%s: %s)', async (name, script, reason) => {
  const broken = join(dir, name)
  await writeFile(broken, script === undefined ? '#!/nothing/here\n' : `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  await using other = await startNode({ functions: { containerEngine: broken } })
  const Role = await makeRole(other, 'images')
  const input = { FunctionName: 'x', Role, PackageType: 'Image' as const, Code: { ImageUri: uri } }
  await expect(other.client(LambdaClient).send(new CreateFunctionCommand(input))).rejects.toMatchObject(refused(reason))
})

test('docker is refused where functions have networks of their own, and taken where they share the host’s', async () => {
  const docker = join(dir, 'docker')
  await writeFile(docker, '#!/bin/sh\n[ "$1" = version ] && echo 28.0.0 || echo "[]"\n', { mode: 0o755 })
  const create = async (functionNetwork: 'own' | 'host') => {
    await using other = await startNode({ functionNetwork, functions: { containerEngine: docker } })
    const own = (await other.node.host.functions.network()).kind === 'own'
    const Role = await makeRole(other, 'images')
    const input = { FunctionName: 'x', Role, PackageType: 'Image' as const, Code: { ImageUri: uri } }
    const answer = await other.client(LambdaClient).send(new CreateFunctionCommand(input)).catch(String)
    return { own, answer }
  }
  const { own, answer } = await create('own')
  expect(answer).toMatch(own ? /Docker cannot run a container in the network of its own/ : /docker/)
  expect((await create('host')).answer).toMatchObject({ State: 'Pending' })
})
