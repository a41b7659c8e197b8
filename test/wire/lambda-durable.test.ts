import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateFunctionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  type GetDurableExecutionHistoryCommandInput,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNode, type TestNode } from '../harness.ts'
import { installed } from '../installed.ts'
import { logging, makeFunction, makeRole, zipOf } from './lambda-support.ts'

/* Functions written with AWS's own SDK (@aws/durable-execution-sdk-js), as published. */

const source = `
const { withDurableExecution } = require('@aws/durable-execution-sdk-js')
let attempts = 0
const flows = {
  async plain(context, { n }) {
    const one = await context.step('one', async () => n + 1)
    await context.wait('pause', { seconds: 60 })
    return context.step('two', async () => one * 10)
  },
  // Two attempts fail, each in an instance that may be another.
  async retried(context) {
    return context.step('flaky', async () => {
      if ((attempts += 1) < 3) throw new Error('not yet')
      return attempts
    }, { retryStrategy: (error, attempt) => ({ shouldRetry: attempt < 5, delay: { seconds: 30 } }) })
  },
  async failing(context) {
    await context.step('never', async () => { throw new RangeError('too far') }, { retryStrategy: () => ({ shouldRetry: false }) })
  },
  async approved(context) {
    const answer = await context.waitForCallback('approval', async (callbackId) => { console.log('CALLBACK ' + callbackId) }, { timeout: { hours: 1 } })
    return { answer }
  },
  async unanswered(context) {
    try {
      await context.waitForCallback('approval', async () => undefined, { heartbeatTimeout: { minutes: 5 } })
    } catch (error) {
      return { failed: error.message }
    }
  },
  async many(context, { items }) {
    const squares = await context.map('squares', items, async (inner, item, index) => {
      await inner.wait('each', { seconds: 1 + index })
      return inner.step('square', async () => item * item)
    })
    const both = await context.parallel('both', [
      { name: 'left', func: async (inner) => inner.step('l', async () => 'left') },
      { name: 'right', func: async (inner) => { await inner.wait('r', { seconds: 10 }); return 'right' } },
    ])
    return { squares: squares.getResults(), both: both.getResults() }
  },
  async condition(context) {
    return context.waitForCondition('ready', async (state) => ({ looked: state.looked + 1 }), {
      initialState: { looked: 0 },
      waitStrategy: (state) => state.looked < 3 ? { shouldContinue: true, delay: { seconds: 45 } } : { shouldContinue: false },
    })
  },
  async calling(context, { other }) {
    const failed = await context.invoke('missing', other + '-missing', {}).catch((error) => error.message)
    const plain = await context.invoke('plain', other, { n: 20 })
    const child = await context.invoke('child', 'flows:$LATEST', { flow: 'plain', n: plain })
    return { failed, plain, child }
  },
  async large(context, { size }) {
    return context.runInChildContext('wide', async (inner) => {
      const parts = []
      for (let n = 0; n < 3; n++) parts.push(await inner.step('part' + n, async () => 'x'.repeat(size)))
      await inner.wait('rest', { seconds: 5 })
      return parts.join('')
    }).then(async (text) => {
      await context.wait('again', { seconds: 5 })
      return text.length
    })
  },
}
exports.handler = withDurableExecution((event, context) => flows[event.flow](context, event))
`

let node: TestNode
let lambda: LambdaClient
let role: string
beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  lambda = node.client(LambdaClient)
  const durable = { Effect: 'Allow', Action: ['lambda:*DurableExecution*', 'lambda:InvokeFunction'], Resource: '*' }
  role = await makeRole(node, 'durable', [logging, durable])
  const sdk = '@aws/durable-execution-sdk-js'
  const from = join(await installed('durable-sdk'), sdk)
  const files: Record<string, string> = { 'index.js': source }
  for (const file of ['package.json', 'dist-cjs/index.js']) {
    files[`node_modules/${sdk}/${file}`] = await readFile(join(from, file), 'utf8')
  }
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'flows',
      Role: role,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Timeout: 30,
      Code: { ZipFile: await zipOf(files) },
      DurableConfig: { ExecutionTimeout: 31_000_000, RetentionPeriodInDays: 1 },
    }),
  )
})
afterAll(async () => {
  lambda.destroy()
  await node.close()
})

async function begin(event: object, more: Partial<InvokeCommandInput> = {}) {
  const Payload = Buffer.from(JSON.stringify(event))
  const asked = { FunctionName: 'flows', Qualifier: '$LATEST', InvocationType: 'Event', Payload } as const
  const { DurableExecutionArn } = await lambda.send(new InvokeCommand({ ...asked, ...more }))
  return DurableExecutionArn ?? ''
}

const look = (DurableExecutionArn: string) => lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn }))

async function types(DurableExecutionArn: string, more: Partial<GetDurableExecutionHistoryCommandInput> = {}) {
  const { Events = [] } = await lambda.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ...more }))
  return Events.map(({ EventType, Name }) => `${EventType} ${Name ?? ''}`.trim())
}

/** Waits until the execution has come to an event, moves the clock, and answers how it ended. */
async function waited(arn: string, event: string, ms: number) {
  await expect.poll(() => types(arn)).toContain(event)
  node.clock.advance(ms)
}

/** Moves the clock again and again until the execution has ended. */
const moved = (arn: string) =>
  expect
    .poll(
      async () => {
        node.clock.advance(46_000)
        return (await look(arn)).Status
      },
      { timeout: 45_000, interval: 200 },
    )
    .not.toBe('RUNNING')

/** The id of the callback that an execution waits for. */
async function callbackOf(DurableExecutionArn: string): Promise<string> {
  let id: string | undefined
  const started = async () => {
    const { Events = [] } = await lambda.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn }))
    id = Events.find(({ EventType }) => EventType === 'CallbackStarted')?.CallbackStartedDetails?.CallbackId
    return id
  }
  await expect.poll(started).toBeDefined()
  return id ?? ''
}

const send = async (arn: string, make: (id: string) => SendDurableExecutionCallbackSuccessCommand) =>
  lambda.send(make(await callbackOf(arn)))

const end = (arn: string) =>
  expect
    .poll(async () => (await look(arn)).Status)
    .not.toBe('RUNNING')
    .then(() => look(arn))

test('steps are done once, and a wait ends the invocation until it is over', async () => {
  const arn = await begin({ flow: 'plain', n: 1 })
  await waited(arn, 'InvocationCompleted', 61_000)
  expect(await end(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '20', Version: '$LATEST' })
  expect(await types(arn)).toEqual([
    expect.stringMatching(/^ExecutionStarted /),
    ...['StepStarted one', 'StepSucceeded one', 'WaitStarted pause', 'InvocationCompleted', 'WaitSucceeded pause'],
    ...['StepStarted two', 'StepSucceeded two', 'InvocationCompleted'],
    expect.stringMatching(/^ExecutionSucceeded /),
  ])
})

test('a step that fails is tried again when its delay is over, and fails the execution when it is not to be', async () => {
  const arn = await begin({ flow: 'retried' })
  for (const failed of [1, 2]) {
    const failures = async () => (await types(arn)).filter((type) => type === 'StepFailed flaky').length
    await expect.poll(failures).toBe(failed)
    node.clock.advance(31_000)
  }
  expect(await end(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '3' })
  const failing = await begin({ flow: 'failing' })
  expect(await end(failing)).toMatchObject({
    Status: 'FAILED',
    Error: { ErrorMessage: 'too far' },
  })
})

test('a callback goes on with what it is told, or fails for want of a heartbeat', async () => {
  const arn = await begin({ flow: 'approved' })
  await send(arn, (CallbackId) => new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: 'yes' }))
  expect(await end(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '{"answer":"yes"}' })

  const silent = await begin({ flow: 'unanswered' })
  const id = await callbackOf(silent)
  // Each heartbeat gives it another five minutes.
  for (let beat = 0; beat < 2; beat++) {
    node.clock.advance(200_000)
    await lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: id }))
  }
  expect((await look(silent)).Status).toBe('RUNNING')
  node.clock.advance(301_000)
  expect(await end(silent)).toMatchObject({ Result: '{"failed":"Callback timed out on heartbeat"}' })
  const late = lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: id }))
  await expect(late).rejects.toMatchObject({ name: 'CallbackTimeoutException' })
})

test('maps, branches and conditions wait each for their own', async () => {
  const [many, condition] = [await begin({ flow: 'many', items: [1, 2, 3] }), await begin({ flow: 'condition' })]
  await moved(many)
  expect((await end(many)).Result).toBe('{"squares":[1,4,9],"both":["left","right"]}')
  await moved(condition)
  expect((await end(condition)).Result).toBe('{"looked":3}')
})

test('other functions are invoked, durable ones as executions of their own; what they answer is kept', async () => {
  await makeFunction(lambda, 'other', role, 'exports.handler = async ({ n }) => n + 1')
  const arn = await begin({ flow: 'calling', other: 'other' })
  await moved(arn)
  const missing = 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:other-missing'
  expect(JSON.parse((await end(arn)).Result ?? '')).toEqual({ failed: missing, plain: 21, child: 220 })
  const { Events = [] } = await lambda.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn }))
  const child = Events.find(({ EventType, Name }) => EventType === 'ChainedInvokeStarted' && Name === 'child')
  expect(child?.ChainedInvokeStartedDetails).toMatchObject({
    FunctionName: 'flows:$LATEST',
    ExecutedVersion: '$LATEST',
  })
  expect(await look(child?.ChainedInvokeStartedDetails?.DurableExecutionArn ?? '')).toMatchObject({ Result: '220' })
})

test('a context whose result is too large for a checkpoint is made again of its steps', async () => {
  const arn = await begin({ flow: 'large', size: 200_000 })
  await moved(arn)
  expect((await end(arn)).Result).toBe('600000')
  const steps = (await types(arn)).filter((type) => type.startsWith('StepStarted'))
  expect(steps).toEqual(['StepStarted part0', 'StepStarted part1', 'StepStarted part2'])
})
