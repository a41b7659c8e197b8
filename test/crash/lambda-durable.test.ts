import {
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { logging, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { killableNode } from './killable.ts'

/** One step, whose first attempt fails; then a wait; then a step whose first invocation never ends. */
const source = `
const { LambdaClient, CheckpointDurableExecutionCommand } = require('@aws-sdk/client-lambda')
const client = new LambdaClient({})
exports.handler = async (event) => {
  const { DurableExecutionArn, InitialExecutionState: { Operations } } = event
  const known = Object.fromEntries(Operations.map((operation) => [operation.Id, operation]))
  let CheckpointToken = event.CheckpointToken
  const checkpoint = async (...Updates) => {
    ({ CheckpointToken } = await client.send(new CheckpointDurableExecutionCommand({ DurableExecutionArn, CheckpointToken, Updates })))
  }
  const step = { Id: 'step', Type: 'STEP' }
  const wait = { Id: 'wait', Type: 'WAIT' }
  if (!known.step) {
    await checkpoint({ ...step, Action: 'START' }, { ...step, Action: 'RETRY', Error: { ErrorMessage: 'once' }, StepOptions: { NextAttemptDelaySeconds: 3600 } })
    return { Status: 'PENDING' }
  }
  if (known.step.Status === 'READY') {
    await checkpoint({ ...step, Action: 'START' }, { ...step, Action: 'SUCCEED', Payload: '1' }, { ...wait, Action: 'START', WaitOptions: { WaitSeconds: 3600 } })
    return { Status: 'PENDING' }
  }
  if (known.wait.Status !== 'SUCCEEDED') return { Status: 'FAILED', Error: { ErrorMessage: 'too early' } }
  if (!known.last) {
    await checkpoint({ Id: 'last', Type: 'STEP', Action: 'START' })
    await new Promise(() => setInterval(() => {}, 1000))
  }
  return { Status: 'SUCCEEDED', Result: JSON.stringify(known.step.StepDetails) }
}`

test('a node that is killed in a retry, in a wait and in an invocation goes on with the execution from its checkpoints', async () => {
  await using node = await killableNode()
  const checkpoints = { Effect: 'Allow', Action: 'lambda:CheckpointDurableExecution', Resource: '*' }
  const role = await makeRole(node, 'durable', [logging, checkpoints])
  const more = { Timeout: 60, DurableConfig: { ExecutionTimeout: 86_400 } }
  await makeFunction(node.client(LambdaClient), 'flow', role, source, more)
  const begun = new InvokeCommand({ FunctionName: 'flow:$LATEST', InvocationType: 'Event' })
  const { DurableExecutionArn } = await node.client(LambdaClient).send(begun)
  const history = async () => {
    const asked = new GetDurableExecutionHistoryCommand({ DurableExecutionArn })
    return (await node.client(LambdaClient).send(asked)).Events?.map(({ EventType }) => EventType)
  }
  const advance = (advanceMs: number) =>
    fetch(`${node.endpoint}/_landfall/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advanceMs }),
    })
  // In the retry, in the wait, and in the invocation that never ends; then past the lease that the killed node had on that.
  for (const [events, afterMs] of [
    [4, 3_601_000],
    [8, 3_601_000],
    [10, 120_000],
  ] as const) {
    await expect.poll(history).toHaveLength(events)
    await node.kill()
    await node.start()
    await advance(afterMs)
  }
  const look = () => node.client(LambdaClient).send(new GetDurableExecutionCommand({ DurableExecutionArn }))
  await expect.poll(async () => (await look()).Status).toBe('SUCCEEDED')
  expect(JSON.parse((await look()).Result ?? '')).toMatchObject({ Attempt: 2, Result: '1' })
  // The invocation that was killed is no event: what it checkpointed is, once.
  expect(await history()).toEqual([
    ...['ExecutionStarted', 'StepStarted', 'StepFailed', 'InvocationCompleted'],
    ...['StepStarted', 'StepSucceeded', 'WaitStarted', 'InvocationCompleted', 'WaitSucceeded'],
    ...['StepStarted', 'InvocationCompleted', 'ExecutionSucceeded'],
  ])
})
