import { CloudFormationClient, CreateStackCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation'
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CheckpointDurableExecutionCommand,
  CreateEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetDurableExecutionStateCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  type ListDurableExecutionsByFunctionCommandInput,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { due } from '../../src/delivery/state.ts'
import { openDraft, save, wake } from '../../src/services/lambda/durable/draft.ts'
import { durableJobs } from '../../src/services/lambda/durable/jobs.ts'
import { execution, historyEvent } from '../../src/services/lambda/durable/state.ts'
import { timerJob } from '../../src/services/lambda/durable/timer-job.ts'
import { dropTimer } from '../../src/services/lambda/durable/timers.ts'
import { startNode, type TestNode } from '../harness.ts'
import { logging, makeFunction, makeRole } from './lambda-support.ts'
import { settledStack } from './stack-support.ts'

/* What the node says to functions, and takes from them, told by one that does as its input says. */

const source = `
const { LambdaClient, CheckpointDurableExecutionCommand, GetDurableExecutionStateCommand } = require('@aws-sdk/client-lambda')
const client = new LambdaClient({})
exports.handler = async (event) => {
  const { DurableExecutionArn, InitialExecutionState: { Operations, NextMarker } } = event
  const input = JSON.parse(Operations[0].ExecutionDetails.InputPayload)
  let token = event.CheckpointToken
  const send = (more) => client.send(new CheckpointDurableExecutionCommand({ DurableExecutionArn, CheckpointToken: token, ...more }))
  const checkpoint = async (...Updates) => {
    const answer = await send({ Updates })
    token = answer.CheckpointToken
    return answer.NewExecutionState.Operations
  }
  const refusal = (promise) => promise.then(() => 'taken', (error) => error.name + ': ' + error.message)
  const state = (more) => client.send(new GetDurableExecutionStateCommand({ DurableExecutionArn, CheckpointToken: token, ...more }))
  const done = (value) => ({ Status: 'SUCCEEDED', Result: JSON.stringify(value) })
  const known = Object.fromEntries(Operations.slice(1).map((operation) => [operation.Id, operation]))
  const all = { event, input, Operations, NextMarker, known, checkpoint, send, refusal, state, done, token: () => token }
  return new Function(...Object.keys(all), 'return (async () => {' + input.code + '})()')(...Object.values(all))
}
`

let node: TestNode
let lambda: LambdaClient
let sqs: SQSClient
let role: string
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

beforeAll(async () => {
  node = await startNode({ ephemeral: true })
  lambda = node.client(LambdaClient)
  sqs = node.client(SQSClient)
  const needed = { Effect: 'Allow', Action: ['lambda:*', 'sqs:*'], Resource: '*' }
  role = await makeRole(node, 'durable', [logging, needed])
  await sqs.send(new CreateQueueCommand({ QueueName: 'letters' }))
  const letters = { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:letters' }
  const make = (name: string, ExecutionTimeout: number, more = {}) =>
    makeFunction(lambda, name, role, source, { Timeout: 30, DurableConfig: { ExecutionTimeout }, ...more })
  await make('scripted', 900)
  await make('long', 31_000_000, { DeadLetterConfig: letters })
})
afterAll(async () => {
  for (const client of [lambda, sqs]) client.destroy()
  await node.close()
})

async function invoke(code: string, more: Partial<InvokeCommandInput> & { input?: object } = {}) {
  const { input, ...rest } = more
  const Payload = Buffer.from(JSON.stringify({ code, ...input }))
  const answer = await lambda.send(new InvokeCommand({ FunctionName: 'scripted:$LATEST', Payload, ...rest }))
  const text = Buffer.from(answer.Payload ?? []).toString()
  const value: unknown = text === '' ? undefined : JSON.parse(text)
  return { ...answer, arn: answer.DurableExecutionArn ?? '', value }
}
const begin = async (code: string, more: Parameters<typeof invoke>[1] = {}) =>
  (await invoke(code, { InvocationType: 'Event', ...more })).arn
const look = (DurableExecutionArn: string) => lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn }))
const ended = (at: string) =>
  expect
    .poll(async () => (await look(at)).Status)
    .not.toBe('RUNNING')
    .then(() => look(at))
const history = (DurableExecutionArn: string, more: object = {}) =>
  lambda.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ...more }))
const came = (at: string, type: string) =>
  expect.poll(async () => (await history(at)).Events?.map(({ EventType }) => EventType)).toContain(type)

test('a durable function is one from its creation on, with bounds, and shows it', async () => {
  const asked = { FunctionName: 'scripted' }
  const shown = async () => (await lambda.send(new GetFunctionConfigurationCommand(asked))).DurableConfig
  expect(await shown()).toEqual({ ExecutionTimeout: 900, RetentionPeriodInDays: 14 })
  const change = (DurableConfig: object, FunctionName = 'scripted') =>
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, DurableConfig }))
  await change({ RetentionPeriodInDays: 7 })
  expect(await shown()).toEqual({ ExecutionTimeout: 900, RetentionPeriodInDays: 7 })
  for (const wrong of [{ ExecutionTimeout: 0 }, { ExecutionTimeout: 31_622_401 }, { RetentionPeriodInDays: 91 }]) {
    await expect(change(wrong)).rejects.toMatchObject({ name: 'ValidationException' })
  }
  const KMSKeyArn = 'arn:aws:kms:us-east-1:000000000000:key/14e0db71-96d7-4c3e-8d5f-3b0f2d9c8a11'
  await expect(change({ KMSKeyArn })).rejects.toThrow('DurableConfig.KMSKeyArn is not supported')
  await makeFunction(lambda, 'usual', role, 'exports.handler = async () => 1')
  await expect(change({ ExecutionTimeout: 5 }, 'usual')).rejects.toThrow('only when a function is created')
  const named = new InvokeCommand({ FunctionName: 'usual:$LATEST', DurableExecutionName: 'n' })
  await expect(lambda.send(named)).rejects.toThrow('is not a durable function')
  const destined = new PutFunctionEventInvokeConfigCommand({
    ...{ FunctionName: 'scripted', Qualifier: '$LATEST' },
    DestinationConfig: { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:000000000000:letters' } },
  })
  await expect(lambda.send(destined)).rejects.toThrow('durable')
})

test('it is invoked by version or alias, and waited for no longer than 15 minutes', async () => {
  const unqualified = 'You cannot invoke a durable function using an unqualified ARN.'
  for (const InvocationType of ['RequestResponse', 'Event', 'DryRun'] as const) {
    await expect(invoke('', { FunctionName: 'scripted', InvocationType })).rejects.toThrow(unqualified)
  }
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: 'scripted' }))
  const answer = await invoke('return done(event.DurableExecutionArn)', { FunctionName: `scripted:${Version}` })
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: Version, value: answer.arn })
  expect(answer.arn).toMatch(/:function:scripted:1\/durable-execution\/[0-9a-f-]+\/[0-9a-f-]+$/)
  await expect(invoke('', { FunctionName: 'long:$LATEST' })).rejects.toThrow('greater than 15 minutes')
  const at = await begin('return { Status: "SUCCEEDED" }', { FunctionName: 'long:$LATEST' })
  expect((await ended(at)).Status).toBe('SUCCEEDED')
})

test('a name is one execution: with the same payload it is joined, with another refused', async () => {
  const slow = 'await new Promise((resolve) => setTimeout(resolve, 300)); return done(input.word)'
  const one = { DurableExecutionName: 'order-1', input: { word: 'one' } }
  const [first, second] = await Promise.all([invoke(slow, one), invoke(slow, one)])
  expect([first.value, second.value, second.arn]).toEqual(['one', 'one', first.arn])
  // Ended, it answers as it did; as an event, too, it is the same.
  expect((await invoke(slow, one)).arn).toBe(first.arn)
  expect(await begin(slow, one)).toBe(first.arn)
  await expect(invoke(slow, { ...one, input: { word: 'two' } })).rejects.toMatchObject({
    name: 'DurableExecutionAlreadyStartedException',
    $metadata: { httpStatusCode: 409 },
  })
  expect((await history(first.arn)).Events?.filter(({ EventType }) => EventType === 'ExecutionStarted')).toHaveLength(1)
})

test('a token is good for one checkpoint, which may be repeated as it is', async () => {
  const { value } = await invoke(`
    const step = (Id) => ({ Id, Type: 'STEP', Action: 'START' })
    const first = token()
    const [begun] = await checkpoint(step('a'))
    const stale = await refusal(send({ CheckpointToken: first, Updates: [step('b')] }))
    const once = await send({ ClientToken: 'c1', Updates: [step('b')] })
    const again = await send({ ClientToken: 'c1', Updates: [step('b')] })
    const other = await refusal(send({ ClientToken: 'c2', Updates: [step('c')] }))
    const made = await refusal(send({ CheckpointToken: 'bm9uZQ==' }))
    return done({ begun, stale, same: once.CheckpointToken === again.CheckpointToken, ids: again.NewExecutionState.Operations.map(({ Id }) => Id), other, made })
  `)
  const stale = 'InvalidParameterValueException: Invalid checkpoint token'
  expect(value).toMatchObject({
    begun: { Id: 'a', Type: 'STEP', Status: 'STARTED', StepDetails: { Attempt: 0 } },
    ...{ stale, same: true, ids: ['b'], other: stale, made: stale },
  })
})

test('updates that make no sense are refused, all of their checkpoint', async () => {
  const cases = [
    [{ Type: 'STEP', Action: 'CANCEL' }, 'Invalid action for the given operation type.'],
    [{ Type: 'WAIT', Action: 'START' }, 'Update for WAIT operation requires WaitOptions.'],
    [{ Type: 'WAIT', Action: 'CANCEL' }, 'Cannot cancel a WAIT that does not exist'],
    [{ Type: 'STEP', Action: 'RETRY' }, 'Invalid StepOptions for the given action.'],
    [{ Type: 'STEP', Action: 'FAIL', Payload: '1' }, 'Cannot provide a Payload for FAIL action.'],
    [{ Type: 'STEP', Action: 'SUCCEED', Error: {} }, 'Cannot provide an Error for SUCCEED action.'],
    [{ Type: 'STEP', Action: 'START', ParentId: 'nobody' }, 'Invalid parent operation id.'],
    [{ Type: 'STEP', Action: 'START', Id: 'not one' }, "at 'updates.2.member.id' failed to satisfy constraint"],
    [{ Type: 'CONTEXT', Action: 'START', Id: 'known' }, 'Inconsistent operation type.'],
    [{ Type: 'STEP', Action: 'START', Id: 'known' }, 'Invalid current STEP state to start.'],
    [{ Type: 'CHAINED_INVOKE', Action: 'START' }, 'requires ChainedInvokeOptions'],
    [{ Type: 'EXECUTION', Action: 'START' }, 'Invalid EXECUTION action.'],
    [{ Type: 'STEP', Action: 'SUCCEED', Payload: 'large' }, 'STEP payload size must be less than or equal to 1048576'],
  ] as const
  const input = { updates: cases.map(([update]) => ({ Id: 'x', ...update })) }
  const { value } = await invoke(
    `
    await checkpoint({ Id: 'known', Type: 'STEP', Action: 'START' })
    const said = []
    for (const update of input.updates) {
      if (update.Payload === 'large') update.Payload = 'x'.repeat(1048577)
      said.push(await refusal(checkpoint({ Id: 'kept' + said.length, Type: 'STEP', Action: 'START' }, update)))
    }
    const { Operations } = await state()
    return done({ said, ids: Operations.slice(1).map(({ Id }) => Id) })
  `,
    { input },
  )
  const { said, ids } = value as { said: string[]; ids: string[] }
  expect(said.map((text, index) => text.includes(cases[index]?.[1] ?? '') || text)).toEqual(cases.map(() => true))
  expect(ids).toEqual(['known'])
})

test('state comes by pages, without what is in contexts that have ended', async () => {
  const { value } = await invoke(`
    await checkpoint(
      { Id: 'gone', Type: 'CONTEXT', Action: 'START' }, { Id: 'in-gone', ParentId: 'gone', Type: 'STEP', Action: 'SUCCEED', Payload: '1' },
      { Id: 'kept', Type: 'CONTEXT', Action: 'START' }, { Id: 'in-kept', ParentId: 'kept', Type: 'STEP', Action: 'SUCCEED', Payload: '2' },
    )
    await checkpoint({ Id: 'gone', Type: 'CONTEXT', Action: 'SUCCEED', Payload: '1' }, { Id: 'kept', Type: 'CONTEXT', Action: 'SUCCEED', ContextOptions: { ReplayChildren: true } })
    const pages = []
    let Marker
    do {
      const page = await state({ Marker, MaxItems: 2 })
      pages.push(page.Operations.map(({ Id }) => Id.slice(0, 8)))
      Marker = page.NextMarker
    } while (Marker)
    return done({ pages, wrong: await refusal(state({ Marker: 'none' })), many: await refusal(state({ MaxItems: 1001 })) })
  `)
  expect(value).toEqual({
    pages: [
      [expect.stringMatching(/^[0-9a-f]{8}$/), 'gone'],
      ['kept', 'in-kept'],
    ],
    wrong: expect.stringContaining('InvalidParameterValueException'),
    many: expect.stringContaining('ValidationException'),
  })
})

test('history comes both ways, by pages, and without data if asked', async () => {
  const { arn: at } = await invoke(`
    await checkpoint({ Id: 's', Name: 'step', SubType: 'Step', Type: 'STEP', Action: 'START' }, { Id: 's', Type: 'STEP', Action: 'SUCCEED', Payload: '"kept"' })
    return done('whole')
  `)
  const all = (await history(at)).Events ?? []
  expect(all.map(({ EventId, EventType }) => [EventId, EventType])).toEqual([
    ...[
      [1, 'ExecutionStarted'],
      [2, 'StepStarted'],
      [3, 'StepSucceeded'],
      [4, 'InvocationCompleted'],
    ],
    [5, 'ExecutionSucceeded'],
  ])
  expect(all[0]?.ExecutionStartedDetails).toMatchObject({ ExecutionTimeout: 900, Input: { Truncated: false } })
  expect(all[2]).toMatchObject({
    ...{ Id: 's', Name: 'step', SubType: 'Step' },
    StepSucceededDetails: { Result: { Payload: '"kept"' }, RetryDetails: { CurrentAttempt: 1 } },
  })
  expect(all[3]?.InvocationCompletedDetails).toMatchObject({
    RequestId: expect.any(String),
    StartTimestamp: expect.any(Date),
  })
  expect(all[4]?.ExecutionSucceededDetails).toEqual({ Result: { Payload: '"whole"', Truncated: false } })
  const bare = (await history(at, { IncludeExecutionData: false })).Events ?? []
  expect([bare[2]?.StepSucceededDetails?.Result, bare[4]?.ExecutionSucceededDetails]).toEqual([{}, { Result: {} }])
  const ids: (number | undefined)[] = []
  for (let Marker: string | undefined, first = true; first || Marker; first = false) {
    const page = await history(at, { ReverseOrder: true, MaxItems: 2, Marker })
    ids.push(...(page.Events ?? []).map(({ EventId }) => EventId))
    Marker = page.NextMarker
  }
  expect(ids).toEqual([5, 4, 3, 2, 1])
  const shown = await lambda.send(
    new GetDurableExecutionCommand({ DurableExecutionArn: at, IncludeExecutionData: false }),
  )
  expect(shown).toMatchObject({ Status: 'SUCCEEDED', ExecutionDataIncluded: false, Version: '$LATEST' })
  expect([shown.Result, shown.InputPayload]).toEqual([undefined, undefined])
})

test('inputs and results of up to 6 MB are whole when somebody waits, and results of 1 MB otherwise', async () => {
  const word = 'ä'.repeat(2_000_000)
  const whole = `
    await checkpoint({ Id: 'r', Type: 'EXECUTION', Action: 'SUCCEED', Payload: JSON.stringify(input.word) })
    return token() === undefined ? { Status: 'SUCCEEDED' } : undefined`
  const { value, arn: at } = await invoke(whole, { input: { word } })
  expect(value === word).toBe(true)
  // Both do not fit into one answer.
  const first = await history(at)
  expect([first.Events?.length, first.NextMarker === undefined]).toEqual([1, false])
  const bare = async () => (await history(at, { IncludeExecutionData: false })).Events?.map((event) => event.EventType)
  await expect.poll(bare).toEqual(['ExecutionStarted', 'ExecutionSucceeded', 'InvocationCompleted'])
  await makeFunction(lambda, 'echo', role, 'exports.handler = async (event) => event')
  const { value: echoed } = await invoke(`
    if (known.c) return done(known.c.ChainedInvokeDetails.Result.length)
    const ChainedInvokeOptions = { FunctionName: 'echo' }
    await checkpoint({ Id: 'c', Type: 'CHAINED_INVOKE', Action: 'START', Payload: JSON.stringify('€'.repeat(349_000)), ChainedInvokeOptions })
    return { Status: 'PENDING' }
  `)
  expect(echoed).toBe(349_002)
  const event = await begin('return done("x".repeat(1048577))')
  expect(await ended(event)).toMatchObject({
    Status: 'FAILED',
    Error: { ErrorMessage: 'Execution output payload size must be less than or equal to 1048576 bytes.' },
  })
})

test('what a function may not answer fails the execution; one that fails is invoked again for a while', async () => {
  const cases = [
    ['return { Status: "PENDING" }', 'Cannot return PENDING status with no pending operations.'],
    ['return { Status: "DONE" }', 'Invalid Status in invocation output.'],
    ['return { Status: "FAILED", Error: { ErrorType: "Own", ErrorMessage: "mine" } }', 'mine'],
  ] as const
  for (const [code, ErrorMessage] of cases) {
    const { arn: at, FunctionError } = await invoke(code)
    expect(FunctionError).toBe('Unhandled')
    expect(await look(at)).toMatchObject({ Status: 'FAILED', Error: { ErrorMessage } })
  }
  const at = await begin('throw new TypeError("broken")', { FunctionName: 'long:$LATEST' })
  await came(at, 'InvocationCompleted')
  const given = (one: string, status: string) =>
    expect
      .poll(
        async () => {
          node.clock.advance(65_000)
          return (await look(one)).Status
        },
        { timeout: 45_000, interval: 100 },
      )
      .toBe(status)
  await given(at, 'FAILED')
  expect((await look(at)).Error).toMatchObject({ ErrorType: 'TypeError', ErrorMessage: 'broken' })
  const failures = (await history(at)).Events?.filter((event) => event.InvocationCompletedDetails?.Error)
  expect(failures).toHaveLength(8)
  // Errors longer than is kept end it as others do.
  const long = await begin(`return { Status: 'FAILED', Error: { ErrorMessage: 'x'.repeat(2_000_000) } }`)
  expect((await ended(long)).Error?.ErrorMessage).toMatch(/^Error object size must be/)
  const broken = await begin(`throw Object.assign(new Error('x'.repeat(2_000_000)), { name: 'Long' })`)
  await came(broken, 'InvocationCompleted')
  const told = (await history(broken)).Events?.find((event) => event.InvocationCompletedDetails)
  expect(told?.InvocationCompletedDetails?.Error?.Payload).toMatchObject({
    ErrorType: 'Long',
    ErrorMessage: expect.stringMatching(/^x+$/),
  })
  await lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: broken }))
  // So it is when it cannot be invoked at all.
  const iam = node.client(IAMClient)
  await makeFunction(lambda, 'barred', await makeRole(node, 'barred', []), source, {
    DurableConfig: { ExecutionTimeout: 31_000_000 },
  })
  await iam.send(new DeleteRoleCommand({ RoleName: 'barred' }))
  // Past the credentials that there are of it.
  node.clock.advance(7_200_000)
  const barred = await begin('return done(1)', { FunctionName: 'barred:$LATEST' })
  await given(barred, 'FAILED')
  expect((await look(barred)).Error?.ErrorType).toBe('AccessDeniedException')
  iam.destroy()
  // Nobody waited for it: its input is a dead letter.
  const QueueUrl = `${node.endpoint}/000000000000/letters`
  const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] })
  const letter = (await sqs.send(asked)).Messages?.[0]
  expect(JSON.parse(letter?.Body ?? '{}')).toEqual({ code: 'throw new TypeError("broken")' })
  expect(letter?.MessageAttributes?.ErrorMessage?.StringValue).toBe('broken')
  // Another function of the name, made since, has a dead-letter queue of its own: it is told of its own events.
  const { host } = node.node
  const scope = { account: '000000000000', region: 'us-east-1' }
  const id = at.split('/').at(-1) ?? ''
  await host.records.write(scope, async (tx) => {
    const found = await tx.get(execution(id))
    if (found) tx.set(execution(id), { ...found, functionId: 'of one that is gone' })
  })
  const nowMs = host.clock.nowMs()
  const ctx = { host, scope, signal: host.signal, nowMs, createdAtMs: nowMs, attempt: 1 }
  await durableJobs['durable-dead-letter'].run({ id }, ctx)
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined()
})

const waiting = `
  if (Operations.length === 1) await checkpoint({ Id: 'w', Type: 'CALLBACK', Action: 'START' })
  return known.w?.Status === 'FAILED' ? done(known.w.CallbackDetails.Error) : { Status: 'PENDING' }
`
const callbackId = async (at: string) => {
  await came(at, 'CallbackStarted')
  const { Events = [] } = await history(at)
  return Events.find(({ EventType }) => EventType === 'CallbackStarted')?.CallbackStartedDetails?.CallbackId ?? ''
}

test('executions end by their time, by being stopped, and by failed callbacks; their names are free again in time', async () => {
  const DurableExecutionName = 'late'
  const [late, stopped, failed] = [
    await begin(waiting, { DurableExecutionName }),
    await begin(waiting),
    await begin(waiting),
  ]
  const CallbackId = await callbackId(failed)
  await lambda.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId, Error: { ErrorType: 'No' } }))
  expect((await ended(failed)).Result).toBe('{"ErrorType":"No"}')
  const again = lambda.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId }))
  await expect(again).rejects.toMatchObject({ name: 'CallbackTimeoutException' })
  const unknown = lambda.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: 'bm9uZQ==' }))
  await expect(unknown).rejects.toThrow('Invalid callback id')

  await callbackId(stopped)
  const stop = { DurableExecutionArn: stopped, Error: { ErrorMessage: 'enough' } }
  const { StopTimestamp } = await lambda.send(new StopDurableExecutionCommand(stop))
  expect(await look(stopped)).toMatchObject({
    ...{ Status: 'STOPPED', Error: { ErrorMessage: 'enough' }, EndTimestamp: StopTimestamp },
  })
  expect((await lambda.send(new StopDurableExecutionCommand(stop))).StopTimestamp).toEqual(StopTimestamp)

  await callbackId(late)
  node.clock.advance(900_000)
  expect(await ended(late)).toMatchObject({
    Status: 'TIMED_OUT',
    Error: { ErrorMessage: 'Execution timed out after 900 seconds.' },
  })
  await expect(begin('', { DurableExecutionName })).rejects.toThrow('another payload')
  node.clock.advance(8 * 86_400_000)
  await expect.poll(() => look(late).catch(({ name }: Error) => name)).toBe('ResourceNotFoundException')
  expect(await begin('return done(1)', { DurableExecutionName })).not.toBe(late)
})

test('an invocation that fails is followed by another, whatever else was due for the execution meanwhile', async () => {
  const at = await begin(`
    if (known.s) return done(known.s.Status)
    await checkpoint({ Id: 's', Type: 'STEP', Action: 'SUCCEED' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    throw new Error('once')`)
  await came(at, 'StepSucceeded')
  const { host } = node.node
  const scope = { account: '000000000000', region: 'us-east-1' }
  const key = at.split('/').at(-1) ?? ''
  await host.records.write(scope, (tx) =>
    host.deliveries.schedule(tx, { kind: 'lambda:durable-invoke', scope, key, data: { id: key } }),
  )
  expect((await ended(at)).Result).toBe('"SUCCEEDED"')
})

test('callbacks that come one after the other have the function invoked by one record', async () => {
  const at = await begin(waiting)
  await callbackId(at)
  await came(at, 'InvocationCompleted')
  const { host } = node.node
  const id = at.split('/').at(-1) ?? ''
  const scheduled = await host.records.write({ account: '000000000000', region: 'us-east-1' }, async (tx) => {
    const draft = await openDraft(tx, host, id)
    if (!draft) return undefined
    wake(draft)
    save(draft)
    const again = await openDraft(tx, host, id)
    if (again) wake(again)
    let found = 0
    for await (const { value } of tx.range(due.under('lambda:durable-invoke'))) if (value.key === id) found++
    return found
  })
  expect(scheduled).toBe(1)
})

test('a wait whose time came before the clock was moved back ends when it comes again', async () => {
  const code = `
    if (known.w) return done(known.w.Status)
    await checkpoint({ Id: 'w', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 60 } })
    return { Status: 'PENDING' }`
  const at = await begin(code)
  // Its first invocation may have been given credentials from before the clock was moved, and is made again.
  await came(at, 'WaitStarted')
  const { host } = node.node
  const scope = { account: '000000000000', region: 'us-east-1' }
  const timer = { id: at.split('/').at(-1) ?? '', number: 1 }
  // As if a node had taken it, was killed, and begun again with a clock that is behind.
  await host.records.write(scope, (tx) => dropTimer(tx, host, timer))
  const nowMs = host.clock.nowMs()
  const ctx = { host, scope, signal: host.signal, nowMs, createdAtMs: nowMs, attempt: 1 }
  await timerJob.run(timer, ctx)
  // The same of the execution's own time.
  await timerJob.run({ ...timer, number: 0 }, ctx)
  expect((await look(at)).Status).toBe('RUNNING')
  node.clock.advance(60_000)
  expect((await ended(at)).Result).toBe('"SUCCEEDED"')
})

test('an execution goes with a history longer than one transaction can remove', async () => {
  const { arn: at } = await invoke('return done(1)', { FunctionName: 'scripted:$LATEST' })
  const id = at.split('/').at(-1) ?? ''
  const { records } = node.node.host
  const scope = { account: '000000000000', region: 'us-east-1' }
  for (let from = 1_000; from < 200_000; from += 5_000) {
    await records.write(scope, (tx) => {
      for (let i = 0; i < 5_000; i++) tx.set(historyEvent(id, from + i), { type: 'StepStarted', atMs: 0 })
    })
  }
  node.clock.advance(15 * 86_400_000)
  await expect.poll(() => look(at).catch(({ name }: Error) => name)).toBe('ResourceNotFoundException')
  const left = await records.read(scope, async (tx) => {
    for await (const key of tx.keys(historyEvent.under(id), { limit: 1 })) return key
    return undefined
  })
  expect(left).toBeUndefined()
})

test('executions are listed by name, status, version and time, newest first', async () => {
  await makeFunction(lambda, 'listed', role, source, { DurableConfig: { ExecutionTimeout: 900 } })
  const arns: string[] = []
  for (const DurableExecutionName of ['a', 'b', 'c']) {
    const FunctionName = 'listed:$LATEST'
    arns.push((await invoke('return done(1)', { FunctionName, DurableExecutionName })).arn)
    node.clock.advance(10_000)
  }
  const running = await begin(waiting, { FunctionName: 'listed:$LATEST', DurableExecutionName: 'd' })
  const list = async (more: Partial<ListDurableExecutionsByFunctionCommandInput> = {}) => {
    const asked = new ListDurableExecutionsByFunctionCommand({ FunctionName: 'listed', ...more })
    const { DurableExecutions = [], NextMarker } = await lambda.send(asked)
    return { names: DurableExecutions.map(({ DurableExecutionName }) => DurableExecutionName).join(''), NextMarker }
  }
  expect((await list()).names).toBe('dcba')
  expect((await list({ ReverseOrder: true })).names).toBe('abcd')
  expect((await list({ Statuses: ['RUNNING'] })).names).toBe('d')
  expect((await list({ DurableExecutionName: 'b' })).names).toBe('b')
  expect((await list({ Qualifier: '$LATEST', DurableExecutionName: 'none' })).names).toBe('')
  const { StartTimestamp } = await look(arns[1] ?? '')
  expect((await list({ StartedAfter: StartTimestamp })).names).toBe('dc')
  for (const ReverseOrder of [false, true]) {
    const first = await list({ ReverseOrder, MaxItems: 3, Statuses: ['SUCCEEDED', 'RUNNING'] })
    const rest = await list({ ReverseOrder, MaxItems: 3, Marker: first.NextMarker })
    expect([first.names, rest.names]).toEqual(ReverseOrder ? ['abc', 'd'] : ['dcb', 'a'])
  }
  // With the function its executions go, those that run, too; who waits for one is told.
  const answer = invoke(waiting, { FunctionName: 'listed:$LATEST', DurableExecutionName: 'e' })
  await expect.poll(async () => (await list()).names).toBe('edcba')
  await lambda.send(new DeleteFunctionCommand({ FunctionName: 'listed' }))
  await expect.poll(() => look(running).catch(({ name }: Error) => name)).toBe('ResourceNotFoundException')
  expect((await answer).value).toMatchObject({ errorType: 'ResourceNotFoundException' })
})

test('rules are told what becomes of executions, and queues and rules start them', async () => {
  const [events, queues] = [node.client(EventBridgeClient), ['told', 'work']]
  for (const QueueName of queues) await sqs.send(new CreateQueueCommand({ QueueName }))
  const sqsArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`
  const QueueUrl = `${node.endpoint}/000000000000/told`
  const allow = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: allow })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  const pattern = { source: ['aws.lambda'], detail: { functionArn: [{ prefix: arn('worker') }] } }
  await events.send(new PutRuleCommand({ Name: 'told', EventPattern: JSON.stringify(pattern) }))
  await events.send(new PutTargetsCommand({ Rule: 'told', Targets: [{ Id: 'q', Arn: sqsArn('told') }] }))
  const work = `
    const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
    exports.handler = async (event) => {
      const { Records } = JSON.parse(event.InitialExecutionState.Operations[0].ExecutionDetails.InputPayload)
      return { Status: 'SUCCEEDED', Result: JSON.stringify(Records[0].body) }
    }`
  await makeFunction(lambda, 'worker', role, work, { DurableConfig: { ExecutionTimeout: 60 } })
  const mapping = { FunctionName: 'worker:$LATEST', EventSourceArn: sqsArn('work') }
  await lambda.send(new CreateEventSourceMappingCommand(mapping))
  const from = `${node.endpoint}/000000000000/work`
  await sqs.send(new SendMessageCommand({ QueueUrl: from, MessageBody: 'job' }))
  const told: { status: string; durableExecutionArn: string; endTimestamp?: string }[] = []
  const more = async () => {
    const asked = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 })
    for (const { Body } of (await sqs.send(asked)).Messages ?? []) told.push(JSON.parse(Body ?? '').detail)
    return told.map(({ status }) => status).sort()
  }
  await expect.poll(more).toEqual(['RUNNING', 'SUCCEEDED'])
  expect(told.find(({ status }) => status === 'SUCCEEDED')?.endTimestamp).toBeDefined()
  expect((await look(told[0]?.durableExecutionArn ?? '')).Result).toBe('"job"')
  events.destroy()
})

test('each operation needs its permission on the execution, invoking that of the role', async () => {
  const iam = node.client(IAMClient)
  await iam.send(new CreateUserCommand({ UserName: 'eve' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'eve' }))
  const credentials = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const eve = node.client(LambdaClient, { credentials })
  const at = await begin(waiting)
  const CallbackId = await callbackId(at)
  const DurableExecutionArn = at
  const token = { DurableExecutionArn, CheckpointToken: 'bm9uZQ==' }
  const tries = [
    () => eve.send(new GetDurableExecutionCommand({ DurableExecutionArn })),
    () => eve.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn })),
    () => eve.send(new GetDurableExecutionStateCommand(token)),
    () => eve.send(new CheckpointDurableExecutionCommand(token)),
    () => eve.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: 'scripted' })),
    () => eve.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId })),
    () => eve.send(new StopDurableExecutionCommand({ DurableExecutionArn })),
  ]
  for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ name: 'AccessDeniedException' })
  // Of another partition there is none: what a policy denies cannot be had by writing its name otherwise.
  await expect(look(at.replace('arn:aws:', 'arn:aws-cn:'))).rejects.toMatchObject({ name: 'ValidationException' })
  const Statement = {
    Effect: 'Allow',
    Action: 'lambda:SendDurableExecutionCallbackSuccess',
    Resource: `${arn('scripted')}:*/durable-execution/*`,
  }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'eve', PolicyName: 'p', PolicyDocument }))
  await eve.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId }))
  // A role without permission to invoke fails the operation, and may not even checkpoint without that.
  const own = { Effect: 'Allow', Action: 'lambda:CheckpointDurableExecution', Resource: '*' }
  for (const [name, statements, told] of [
    [
      'may-not-invoke',
      [logging, own],
      { Status: 'FAILED', ChainedInvokeDetails: { Error: { ErrorType: 'AccessDeniedException' } } },
    ],
    ['may-not-checkpoint', [logging], 'AccessDeniedException'],
  ] as const) {
    const weak = await makeRole(node, name, [...statements])
    await makeFunction(lambda, name, weak, source, { Timeout: 30, DurableConfig: { ExecutionTimeout: 60 } })
    const { value } = await invoke(
      `try {
        const [operation] = await checkpoint({ Id: 'c', Type: 'CHAINED_INVOKE', Action: 'START', ChainedInvokeOptions: { FunctionName: 'usual' } })
        return done(operation)
      } catch (error) { return done(error.name) }`,
      { FunctionName: `${name}:$LATEST` },
    )
    if (typeof told === 'string') expect(value).toBe(told)
    else expect(value).toMatchObject(told)
  }
  for (const client of [iam, eve]) client.destroy()
})

test('templates make durable functions, SAM with the role that they need', async () => {
  const cfn = node.client(CloudFormationClient)
  const code = `InlineCode: "exports.handler = async () => ({ Status: 'SUCCEEDED', Result: '7' })"`
  const template = (durable: string) => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: sam-flow
      Runtime: nodejs22.x
      Handler: index.handler
      AutoPublishAlias: live
      ${code}
      ${durable}
`
  const durable = 'DurableConfig: { ExecutionTimeout: 60, RetentionPeriodInDays: 3 }'
  const Capabilities: ('CAPABILITY_IAM' | 'CAPABILITY_AUTO_EXPAND')[] = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND']
  await cfn.send(new CreateStackCommand({ StackName: 'flow', TemplateBody: template(durable), Capabilities }))
  expect((await settledStack(cfn, 'flow')).StackStatus).toBe('CREATE_COMPLETE')
  expect((await invoke('', { FunctionName: 'sam-flow:live' })).value).toBe(7)
  const changed = durable.replace('3 }', '4 }')
  await cfn.send(new UpdateStackCommand({ StackName: 'flow', TemplateBody: template(changed), Capabilities }))
  expect((await settledStack(cfn, 'flow')).StackStatus).toBe('UPDATE_COMPLETE')
  const shown = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'sam-flow' }))
  expect(shown.DurableConfig).toEqual({ ExecutionTimeout: 60, RetentionPeriodInDays: 4 })
  await cfn.send(new UpdateStackCommand({ StackName: 'flow', TemplateBody: template(''), Capabilities }))
  expect((await settledStack(cfn, 'flow')).StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
  cfn.destroy()
})
