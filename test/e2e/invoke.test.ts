import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { samples } from '../../src/cli/samples/samples.ts'
import { findService, packagedService } from '../../src/cli/service.ts'
import { askNode } from '../../src/control.ts'
import { invocation } from '../../src/telemetry/invocation-state.ts'
import { startNode, type TestNode } from '../harness.ts'
import { call, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { temporaryFolder } from './folder.ts'
import { answerOf, landfallAt } from './landfall.ts'

const echo = `let calls = 0
exports.handler = async (event, context) => {
  calls += 1
  if (event.fail) throw new Error('as asked')
  return { event, calls, context: context.clientContext }
}`

interface Answer<P> {
  readonly requestId: string
  readonly error?: string
  readonly payload: P
  readonly log?: string
}
interface Listed {
  readonly invocations: readonly { readonly requestId: string; readonly replayable: boolean; readonly error?: string }[]
}

let node: TestNode
let lambda: LambdaClient
let role: string

beforeAll(async () => {
  node = await startNode()
  lambda = node.client(LambdaClient)
  role = await makeRole(node, 'echo')
  await makeFunction(lambda, 'echo', role, echo)
})
afterAll(() => node.close())

describe('landfall invoke', () => {
  test('takes the event from the command line, a file, or a sample, and prints what the function answers', async () => {
    await using folder = await temporaryFolder()
    const given = await answerOf<Answer<{ event: unknown }>>(node, 'invoke', 'echo', '--payload', '{"id":1}', '--tail')
    expect(given.payload.event).toEqual({ id: 1 })
    expect(given.log).toContain(`REPORT RequestId: ${given.requestId}`)
    const file = join(folder.path, 'event.json')
    await writeFile(file, '{"id":2}')
    const read = await answerOf<Answer<{ event: unknown }>>(node, 'invoke', 'echo', '--path', file)
    expect(read.payload.event).toEqual({ id: 2 })
    const sampled = await answerOf<Answer<{ event: { Records: { eventSource: string; body: string }[] } }>>(
      node,
      ...['invoke', 'echo', '--event', 'sqs', '--payload', '{"id":3}'],
    )
    expect(sampled.payload.event.Records[0]).toMatchObject({ eventSource: 'aws:sqs', body: '{"id":3}' })
  })

  test('every sample event is listed, shown as it is sent, and understood by a function', async () => {
    const listed = await landfallAt(node, 'invoke', '--list-events')
    const shown = await answerOf<Record<string, unknown>>(node, 'invoke', '--list-events')
    expect(Object.keys(shown)).toEqual(Object.keys(samples).sort())
    for (const [name, { summary }] of Object.entries(samples)) {
      expect(listed.out).toContain(`  ${name}`)
      expect(listed.out).toContain(summary)
      const { payload } = await answerOf<Answer<{ event: object }>>(node, 'invoke', 'echo', '--event', name)
      expect(Object.keys(payload.event)).toEqual(Object.keys(shown[name] as object))
    }
  })

  test.each([
    [['--event', 'sqz'], 'There is no sample event "sqz".\nDid you mean: --event sqs'],
    [
      ['--event', '{"id":1}'],
      "--event takes the name of a sample event, not JSON.\nGive the event itself with --payload '{…}'",
    ],
    [['--data', '{"id":1}'], '--data names the data folder of the node.\nGive the event with'],
    [['--payload', '{id}'], 'The event is not JSON'],
    [['--payload', '{}', '--path', 'x'], '--payload and --path are both given.'],
    [['--event', 's3', '--payload', '{}'], 'The sample event s3 has no body'],
    [['--playload', '{}'], 'landfall invoke has no option --playload.\nDid you mean --payload?'],
  ])('%j is refused with the next step', async (args, said) => {
    const { code, err } = await landfallAt(node, 'invoke', 'echo', ...args)
    expect(code).toBe(2)
    expect(err).toContain(said)
  })

  test('a function that fails ends it with 1, one that is not there says what to do', async () => {
    const failed = await landfallAt(node, 'invoke', 'echo', '--payload', '{"fail":true}')
    expect(failed.code).toBe(1)
    expect(failed.out).toContain('as asked')
    for (const command of ['invoke', 'invocations']) {
      const missing = await landfallAt(node, command, 'nowhere')
      expect([command, missing.code, missing.out]).toEqual([command, 1, ''])
      expect(missing.err).toContain('See what is deployed with: landfall info')
    }
  })
})

test('a service is deployed to the stage that is asked for, and found there', async () => {
  await using folder = await temporaryFolder()
  await writeFile(
    join(folder.path, 'serverless.yml'),
    'service: staged\nprovider: { name: aws, runtime: nodejs22.x }\nfunctions: { greet: { handler: greet.handler } }\n',
  )
  await writeFile(join(folder.path, 'greet.js'), 'exports.handler = async () => 1\n')
  const deployed = await landfallAt(node, 'deploy', folder.path, '--stage', 'test')
  expect([deployed.code, deployed.out]).toEqual([0, expect.stringContaining('staged-test-greet')])
  expect(await packagedService(findService(folder.path), 'test')).toMatchObject({ stackName: 'staged-test' })
  await expect(packagedService(findService(folder.path), 'dev')).rejects.toThrow('last deployed to stage test, not dev')
  expect((await landfallAt(node, 'remove', folder.path, '--stage', 'test')).code).toBe(0)
})

describe('recorded invocations', () => {
  test('are listed newest first, and replayed with the same event', async () => {
    await makeFunction(lambda, 'kept', role, echo)
    const context = Buffer.from('{"custom":{"a":1}}').toString('base64')
    const before = await call(lambda, 'kept', { secret: 'Aa1-kept' }, { ClientContext: context })
    await call(lambda, 'kept', { fail: true })
    const { invocations } = await answerOf<Listed>(node, 'invocations', 'kept')
    expect(invocations.map(({ error }) => error)).toEqual(['Unhandled', undefined])
    const [failed, first] = invocations
    const replayed = await answerOf<{ before: Answer<unknown>; now: Answer<unknown>; same: boolean }>(
      node,
      ...['replay', first!.requestId, '--tail'],
    )
    expect(replayed.before.payload).toEqual(before.value)
    expect(replayed.now.payload).toMatchObject({ event: { secret: 'Aa1-kept' }, context: { custom: { a: 1 } } })
    expect(replayed.now.requestId).not.toBe(first!.requestId)
    expect(replayed.now.log).toContain('REPORT')
    // The function counts its calls, so the answers differ.
    expect(replayed.same).toBe(false)
    expect((await landfallAt(node, 'replay', failed!.requestId)).code).toBe(1)
  })

  test('outlive the node, and are nowhere to be read in its folder', async () => {
    await using own = await startNode()
    const client = own.client(LambdaClient)
    await makeFunction(client, 'sealed', await makeRole(own, 'sealed'), echo)
    await call(client, 'sealed', { secret: 'Xy9-not-to-be-found' })
    await own.restart()
    const { invocations } = await answerOf<Listed>(own, 'invocations', 'sealed')
    const again = await answerOf<{ now: Answer<{ event: unknown }> }>(own, 'replay', invocations[0]!.requestId)
    expect(again.now.payload.event).toEqual({ secret: 'Xy9-not-to-be-found' })
    await own.node.close()
    for (const file of await readdir(own.dataDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const bytes = await readFile(join(file.parentPath, file.name))
      expect(bytes.includes('not-to-be-found'), file.name).toBe(false)
    }
  })

  test('go with their function, with age, and beyond the last fifty', async () => {
    await makeFunction(lambda, 'ring', role, echo)
    for (let i = 0; i < 55; i++) await call(lambda, 'ring', { i })
    const kept = async () => (await answerOf<Listed>(node, 'invocations', 'ring')).invocations
    const first = await kept()
    expect(first).toHaveLength(50)
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'ring' }))
    expect((await landfallAt(node, 'invocations', 'ring')).err).toContain('There is no function ring.')
    await makeFunction(lambda, 'ring', role, echo)
    expect(await kept()).toEqual([])
    expect((await landfallAt(node, 'replay', first[0]!.requestId)).err).toContain('No invocation ')

    await call(lambda, 'ring', {})
    expect(await kept()).toHaveLength(1)
    node.clock.advance(26 * 3_600_000)
    expect(await kept()).toEqual([])
    const { records } = node.node.host
    const stored = async () => {
      const scope = { account: '000000000000', region: 'us-east-1' }
      return records.read(scope, (tx) => Array.fromAsync(tx.keys(invocation.under('ring'))))
    }
    await expect.poll(stored).toEqual([])
  })

  test('an event that is too large is not kept, and says so', async () => {
    await makeFunction(lambda, 'large', role, 'exports.handler = async () => 1')
    await call(lambda, 'large', { text: 'x'.repeat(300_000) })
    const { invocations } = await answerOf<Listed>(node, 'invocations', 'large')
    expect(invocations).toMatchObject([{ replayable: false, eventBytes: 300_011 }])
    const { code, err } = await landfallAt(node, 'replay', invocations[0]!.requestId)
    expect(code).toBe(1)
    expect(err).toContain('was too large to be kept')
  })

  test('are for those alone who may see them', async () => {
    const iam = node.client(IAMClient)
    await iam.send(new CreateUserCommand({ UserName: 'curious' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'curious' }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    const target = { endpoint: node.endpoint, region: 'us-east-1', credentials }
    await call(lambda, 'echo')
    const { invocations } = await answerOf<Listed>(node, 'invocations', 'echo')
    const one = `/_landfall/invocations/${invocations[0]!.requestId}`
    const list = () => askNode(target, '/_landfall/invocations', { function: 'echo' })
    for (const ask of [list, () => askNode(target, one), () => askNode(target, '/_landfall/invocations/none')]) {
      await expect(ask()).rejects.toMatchObject({ status: 403, code: 'AccessDenied' })
    }
    await expect(askNode(target, '/_landfall/usage', { since: '2026-01-01' })).rejects.toMatchObject({ status: 403 })
    const unsigned = await fetch(`${node.endpoint}/_landfall/invocations?function=echo`)
    expect(unsigned.status).toBe(403)
    const wrong = { ...target, credentials: { ...credentials, secretAccessKey: 'wrong' } }
    await expect(askNode(wrong, one)).rejects.toMatchObject({ status: 403 })

    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:echo'
    const Statement = [{ Effect: 'Allow', Action: 'landfall:ListInvocations', Resource: arn }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new PutUserPolicyCommand({ UserName: 'curious', PolicyName: 'list', PolicyDocument }))
    expect(await list()).toMatchObject({ invocations: expect.any(Array) })
    await expect(askNode(target, one)).rejects.toMatchObject({ status: 403 })
  })

  test('there are none on a node that was not told to keep them', async () => {
    await using own = await startNode({ recordInvocations: false })
    const client = own.client(LambdaClient)
    await makeFunction(client, 'echo', await makeRole(own, 'echo'), echo)
    await call(client, 'echo')
    const { code, err } = await landfallAt(own, 'invocations', 'echo')
    expect(code).toBe(1)
    expect(err).toContain('landfall start --record-invocations')
  })
})
