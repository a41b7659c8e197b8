import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateSubnetCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RevokeSecurityGroupEgressCommand,
} from '@aws-sdk/client-ec2'
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeWorld, outside } from '../../src/functions/network.fixture.ts'
import { background } from '../e2e/process.ts'
import { startNode, type TestNode } from '../harness.ts'
import { call, logging, makeRole, settled } from '../wire/lambda-support.ts'
import { buildSockets, containersOf, deriveImage, importNodeImage, podman, processOf } from './podman.fixture.ts'
import { have, run } from './tools.ts'

/** Container images with podman itself; what can be shown without is in test/wire/lambda-images.test.ts. */
const works = typeof podman !== 'string'
if (!works) console.warn(`podman suite skipped: ${podman}`)

/** A program that speaks the Runtime API and does as the event says. */
const app = `
const fs = require('node:fs')
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime'
const attempt = (fn) => { try { fn(); return 'done' } catch (error) { return error.code } }
const doing = {
  tell: async () => ({
    env: process.env, argv: process.argv.slice(2), cwd: process.cwd(), uid: process.getuid(), pid: process.pid,
    node: await fetch(process.env.AWS_ENDPOINT_URL).then(() => 'reached', (error) => String(error.cause?.code ?? error)),
    seen: fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length,
    writes: ['/tmp/a', '/var/tmp/a', '/run/a', '/app/a', '/a'].map((path) => attempt(() => fs.writeFileSync(path, 'a'))),
    status: fs.readFileSync('/proc/self/status', 'utf8').match(/^(CapEff|NoNewPrivs|Seccomp):.*$/gm),
  }),
  fill: ({ mb, path }) => attempt(() => {
    const file = fs.openSync(path, 'w')
    for (let i = 0; i < mb; i += 1) fs.writeSync(file, Buffer.alloc(1048576, 1))
  }),
  hold: ({ mb }) => { globalThis.held = Buffer.alloc(mb * 1048576, 1); return 'held' },
  fork: () => {
    const children = []
    for (let i = 0; i < 2000; i += 1) {
      const child = require('node:child_process').spawnSync('/nope')
      if (child.error.code === 'EAGAIN') return 'EAGAIN'
    }
    return 'all'
  },
  reach: ({ to: [host, port] }) => new Promise((resolve) => {
    const socket = require('node:net').connect({ host, port, timeout: 400 })
    socket.on('data', (data) => resolve(String(data))).on('error', (error) => resolve(error.code))
    socket.on('timeout', () => { resolve('no answer'); socket.destroy() })
  }),
  sockets: () => JSON.parse(require('node:child_process').execFileSync('/app/sockets')),
  exit: () => process.exit(3),
  wait: () => fs.writeFileSync('/tmp/waits', '') ?? new Promise((resolve) => setTimeout(resolve, 60000)),
}
;(async () => {
  for (;;) {
    const next = await fetch(api + '/invocation/next')
    const id = next.headers.get('lambda-runtime-aws-request-id')
    const event = await next.json()
    console.log('asked for ' + event.do)
    const answer = await doing[event.do](event)
    await fetch(api + '/invocation/' + id + '/response', { method: 'POST', body: JSON.stringify(answer) })
  }
})()`

const repository = `localhost/landfall-test-${process.pid}`
const tagged = (tag: string) => `${repository}:${tag}`
const [first, second, third] = [tagged('first'), tagged('second'), tagged('third')]
const [sockets, extended] = [tagged('sockets'), tagged('extended')]
const [bare, absent] = [tagged('bare'), tagged('absent')]

// On a machine that does all tests it has to work, as it does where .ci/run is known to run.
describe.runIf(works || process.env.CI !== undefined)('with podman', () => {
  let dir: string
  let node: TestNode
  let lambda: LambdaClient
  let role: string
  let world: AsyncDisposable | undefined
  beforeAll(async () => {
    expect(podman).toMatchObject({ kind: 'podman' })
    dir = await mkdtemp(join(tmpdir(), 'landfall-podman-test-'))
    importNodeImage(dir, first, app)
    deriveImage(dir, first, second, ['CMD ["second"]', 'ENV OF_IMAGE=here'])
    deriveImage(dir, first, third, ['CMD ["third"]'])
    deriveImage(dir, first, absent, ['ENTRYPOINT ["/not/there"]'])
    // Before the node: answers come in by devices that it finds when it starts.
    world = process.getuid?.() === 0 ? await makeWorld().catch(() => undefined) : undefined
    node = await startNode({ functions: { containerEngine: typeof podman === 'string' ? '' : podman.program } })
    lambda = node.client(LambdaClient)
    role = await makeRole(node, 'podman')
  })
  afterAll(async () => {
    await node.close()
    await world?.[Symbol.asyncDispose]()
    run('podman', ['rmi', '--force', '--ignore', sockets, extended, bare, absent, third, second, first])
    await rm(dir, { recursive: true })
  })
  const make = async (FunctionName: string, ImageUri: string, more: Partial<CreateFunctionCommandInput> = {}) => {
    await lambda.send(
      new CreateFunctionCommand({ FunctionName, Role: role, PackageType: 'Image', Code: { ImageUri }, ...more }),
    )
    return settled(lambda, FunctionName)
  }
  const told = async (name: string, event: object = { do: 'tell' }) =>
    (await call(lambda, name, event)).value as Record<string, unknown>

  test('an image is run: environment, user, folders, rights, what it prints', async () => {
    const Variables = { GREETING: ' a "quoted" = $value # ', PATH: '/nowhere', EMPTY: '' }
    await make('plain', first, { Environment: { Variables }, MemorySize: 256 })
    const { value, log } = (await call(lambda, 'plain', { do: 'tell' }, { LogType: 'Tail' })) as unknown as {
      value: Record<string, unknown>
      log: string
    }
    expect(value).toMatchObject({
      env: { ...Variables, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' },
      argv: ['first'],
      cwd: '/app',
      node: 'reached',
      seen: 1,
      writes: ['done', 'EROFS', 'EROFS', 'EROFS', 'EROFS'],
    })
    expect(value.uid).not.toBe(0)
    expect(value.status).toEqual(['CapEff:\t0000000000000000', 'NoNewPrivs:\t1', 'Seccomp:\t2'])
    expect(log).toContain('asked for tell')
    expect(await told('plain', { do: 'fill', mb: 500, path: '/tmp/large' })).toBe('done')
    expect(await told('plain', { do: 'fill', mb: 513, path: '/tmp/large' })).toBe('ENOSPC')
  })

  test.runIf(have('go', 'version'))('it makes sockets of its own network alone', async () => {
    // AF_UNIX, AF_INET, AF_INET6 and AF_NETLINK; and AF_VSOCK, which leads to the hypervisor.
    buildSockets(dir, [1, 2, 10, 16, 40])
    deriveImage(dir, first, sockets, ['COPY sockets /app/sockets'])
    await make('sockets', sockets)
    const expected = { 1: true, 2: true, 10: true, 16: true, 40: false }
    expect(await told('sockets', { do: 'sockets' })).toEqual(expected)
  })

  /** Registers, says what it is told, and of the environment; `lives` is what it does besides. */
  const extension = (lives: string) => `#!/app/node
    const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension'
    const name = require('node:path').basename(process.argv[1])
    ;(async () => {
      const made = await fetch(api + '/register', {
        method: 'POST', headers: { 'lambda-extension-name': name }, body: JSON.stringify({ events: ['INVOKE', 'SHUTDOWN'] }),
      })
      const headers = { 'lambda-extension-identifier': made.headers.get('lambda-extension-identifier') }
      console.log(name, 'of', (await made.json()).functionName, process.env.GREETING, process.env.AWS_EXECUTION_ENV, process.cwd())
      for (;;) {
        const event = await (await fetch(api + '/event/next', { headers })).json()
        console.log(name, 'got', event.eventType, event.shutdownReason ?? '')
        ${lives}
        if (event.eventType === 'SHUTDOWN') process.exit()
      }
    })()`
  const withExtensions = (tag: string, files: Record<string, string>, more = ['COPY sh /bin/sh'], mode = 0o755) => {
    copyFileSync('/bin/sh', join(dir, 'sh'))
    for (const [name, source] of Object.entries(files)) writeFileSync(join(dir, name), source, { mode })
    const copies = Object.keys(files).map((name) => `COPY ${name} /opt/extensions/${name}`)
    deriveImage(dir, first, tag, [...copies, ...more])
  }

  test('extensions of an image start first, hear of every invocation and of the end, and may fail it', async () => {
    withExtensions(extended, {
      listens: extension(''),
      ends: extension(`if (require('node:fs').existsSync('/tmp/a')) process.exit(7)`),
    })
    await make('extended', extended, { Timeout: 2, Environment: { Variables: { GREETING: 'hi' } } })
    expect((await call(lambda, 'extended', { do: 'reach', to: ['127.0.0.1', 9] })).value).toBe('ECONNREFUSED')
    // It may have been loaded ahead of the request, whose tail has not what was said then.
    const logs = node.client(CloudWatchLogsClient)
    const logged = async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/extended' }))
      return events.map(({ message }) => message).join('\n')
    }
    await expect.poll(logged).toMatch(/listens of extended hi undefined \/\n[\s\S]*asked for reach/)
    const log = await logged()
    for (const name of ['listens', 'ends']) {
      expect(log).toMatch(new RegExp(`EXTENSION\tName: ${name}\tState: Ready\tEvents: \\[INVOKE, SHUTDOWN\\]`))
      expect(log).toContain(`${name} got INVOKE`)
    }
    // The runtime ends, or takes too long: the others are told, and the container is there until they are done.
    const how = async (event: object) => {
      const { value, log } = (await call(lambda, 'extended', event, { LogType: 'Tail' })) as unknown as {
        value: { errorType?: string; errorMessage?: string }
        log: string
      }
      return { ...value, log }
    }
    const exited = await how({ do: 'exit' })
    expect(exited).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 3'),
    })
    expect(exited.log).toContain('listens got SHUTDOWN failure')
    expect((await how({ do: 'wait' })).log).toContain('listens got SHUTDOWN timeout')
    // An extension ends: so does the instance.
    expect(await told('extended')).toMatchObject({ writes: expect.arrayContaining(['done']) })
    expect(await how({ do: 'wait' })).toMatchObject({
      errorType: 'Extension.Crash',
      errorMessage: expect.stringContaining('exit status 7'),
    })
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'extended' }))
    await expect.poll(() => containersOf(extended)).toEqual([])
  })

  test('an extension that cannot run, and a program that is not there, are what the caller hears of', async () => {
    withExtensions(extended, { plain: 'text' }, ['COPY sh /bin/sh'], 0o644)
    await make('plain-text', extended)
    expect(await told('plain-text')).toMatchObject({
      errorType: 'Extension.LaunchError',
      errorMessage: expect.stringContaining('fork/exec /opt/extensions/plain: permission denied'),
    })
    withExtensions(extended, { listens: extension('') }, ['COPY sh /bin/sh', 'ENTRYPOINT ["/not/there"]'])
    await make('no-program', extended)
    expect(await told('no-program')).toMatchObject({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringContaining('fork/exec /not/there: no such file or directory'),
    })
  })

  test('without a shell, extensions are refused by their names; an empty folder for them is none', async () => {
    withExtensions(extended, { 'first-one': 'text' }, [])
    expect(await make('shell-less', extended)).toMatchObject({
      ...{ State: 'Failed', StateReasonCode: 'InvalidImage' },
      StateReason: expect.stringMatching(/has extensions \(\/opt\/extensions\/first-one\), and no \/bin\/sh/),
    })
    deriveImage(dir, first, bare, ['WORKDIR /opt/extensions'])
    await make('bare', bare)
    expect(run('podman', ['ps', '--all', '--format', '{{.Names}}'])).not.toContain('landfall-look')
  })

  test('ImageConfig decides, and another image is run once the code is updated', async () => {
    const ImageConfig = { EntryPoint: ['/app/node', '/app/app.js', 'a'], Command: ['b'], WorkingDirectory: '/etc' }
    await make('set', first, { ImageConfig })
    expect(await told('set')).toMatchObject({ argv: ['a', 'b'], cwd: '/etc' })
    await make('updated', first)
    expect(await told('updated')).toMatchObject({ argv: ['first'] })
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'updated', ImageUri: second }))
    await settled(lambda, 'updated')
    expect(await told('updated')).toMatchObject({ argv: ['second'], env: { OF_IMAGE: 'here' } })
  })

  test('how one ends is what its caller hears, and the next request has another', async () => {
    await make('ends', first, { Timeout: 2, MemorySize: 256 })
    const exits = { errorType: 'Runtime.ExitError' }
    const message = (text: string) => ({ ...exits, errorMessage: expect.stringContaining(text) })
    expect(await told('ends', { do: 'exit' })).toMatchObject(message('exit status 3'))
    expect(await told('ends', { do: 'hold', mb: 400 })).toMatchObject(message('signal: killed'))
    expect(await told('ends', { do: 'wait' })).toMatchObject({ errorMessage: expect.stringContaining('timed out') })
    expect(await told('ends')).toMatchObject({ node: 'reached' })
    await make('killed', third, { Timeout: 60 })
    await told('killed')
    const [pid = 0] = containersOf(third).map(processOf)
    const killed = told('killed', { do: 'wait' })
    await expect.poll(() => existsSync(`/proc/${pid}/root/tmp/waits`)).toBe(true)
    process.kill(pid, 'SIGKILL')
    expect(await killed).toMatchObject(message('signal: killed'))
    await make('absent', absent)
    expect(await told('absent')).toMatchObject({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringContaining('/not/there'),
    })
  })

  test('security groups decide what it reaches, where functions have networks of their own', async (context) => {
    const attached = await makeRole(node, 'attached', [
      logging,
      { Effect: 'Allow', Action: 'ec2:CreateNetworkInterface', Resource: '*' },
    ])
    const ec2 = node.client(EC2Client)
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({}))
    const { GroupId = '', VpcId } = SecurityGroups?.[0] ?? {}
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '172.31.200.0/24' }))
    const VpcConfig = { SubnetIds: [Subnet?.SubnetId as string], SecurityGroupIds: [GroupId] }
    await make('attached', first, { Role: attached, VpcConfig })
    const own = (await node.node.host.functions.network()).kind === 'own'
    context.skip(!process.env.CI && !(own && world), 'this host gives functions no networks of their own')
    const reached = () => told('attached', { do: 'reach', to: [outside, 8080] })
    expect(await reached()).toBe('outside 8080')
    const IpPermissions = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions }))
    expect(await reached()).toBe('no answer')
    expect(await told('attached')).toMatchObject({ node: 'reached' })
    return undefined
  })

  test('what a killed node leaves is ended by the next one', async () => {
    const data = ['--data', join(dir, 'data')]
    const options = { env: { LANDFALL_CONTAINER_ENGINE: typeof podman === 'string' ? '' : podman.program } }
    await using killed = background(['start', '--dev', '--port', '0', ...data], options)
    const { endpoint } = await killed.line<{ endpoint: string }>((line) => line.endpoint !== undefined)
    const theirs = node.client(LambdaClient, { endpoint })
    const Role = await makeRole({ client: (ctor) => node.client(ctor, { endpoint }) }, 'killed')
    const Code = { ImageUri: second }
    await theirs.send(new CreateFunctionCommand({ FunctionName: 'left', Role, PackageType: 'Image', Code }))
    await settled(theirs, 'left')
    const others = containersOf(second)
    await call(theirs, 'left', { do: 'tell' })
    const left = () => containersOf(second).filter((name) => !others.includes(name))
    expect(left()).toHaveLength(1)
    // Long enough that other functions would be frozen: what is not there cannot be waited for.
    await setTimeout(500)
    await killed.stop('SIGKILL')
    const earlier = left()
    await using next = await startNode({
      dataDir: join(dir, 'data'),
      functions: { containerEngine: options.env.LANDFALL_CONTAINER_ENGINE },
    })
    const answer = (await call(next.client(LambdaClient), 'left', { do: 'tell' })).value
    expect(answer).toMatchObject({ argv: ['second'] })
    expect(left().filter((name) => earlier.includes(name))).toEqual([])
    // Nor what had started it, also when it had nothing to do.
    await expect.poll(() => run('ps', ['-eo', 'args'])).not.toContain(earlier[0])
  })

  test('no container is left when a function goes, and when the node does', async () => {
    await make('gone', second)
    await told('gone')
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'gone' }))
    await make('stays', first)
    await told('stays')
    expect(containersOf(first).length).toBeGreaterThan(0)
    await node.restart()
    expect(containersOf(first)).toEqual([])
    lambda = node.client(LambdaClient)
    expect(await told('stays')).toMatchObject({ argv: ['first'] })
  })
})
