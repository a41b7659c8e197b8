import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeRole, zipOf } from './lambda-support.ts'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
let role: string
beforeAll(async () => {
  python = await startPython()
  role = await makeRole(python.node, 'python-role')
  const source =
    'def handler(event, context):\n    print("seen", event)\n    return {"hello": event.get("name"), "id": context.aws_request_id}\n'
  writeFileSync(join(python.dir, 'f.zip'), await zipOf({ 'app.py': source }))
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('makes, calls, changes and lists functions, and understands the errors', async () => {
    expect(await python.script('lambda_python', [join(python.dir, 'f.zip'), role])).toEqual({
      made: ['Active', '1', '+0000'],
      reply: [200, 'ä', true],
      failed: ['Unhandled', 'AttributeError'],
      config: 7,
      versions: ['$LATEST', '1'],
      names: ['py'],
      missing: [
        'ResourceNotFoundException',
        404,
        'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope',
      ],
    })
  })

  test('waits for functions, signs, and sets what has operations of its own', async () => {
    expect(await python.script('lambda_settings', [join(python.dir, 'f.zip'), role])).toEqual({
      refused: ['CodeVerificationFailedException', 400],
      uses: ['arn:aws:lambda:us-east-1:000000000000:function:set'],
      loop: 'Allow',
      runtime: 'FunctionUpdate',
      async: 202,
    })
  })

  test('looks after durable executions', async () => {
    expect(await python.script('lambda_durable', [join(python.dir, 'f.zip'), role])).toEqual({
      config: { ExecutionTimeout: 60, RetentionPeriodInDays: 14 },
      failed: ['Unhandled', 'Invalid Status in invocation output.'],
      found: ['FAILED', 'one', '{}', true],
      types: ['ExecutionFailed', 'ExecutionStarted', 'InvocationCompleted'],
      listed: ['one'],
      stopped: true,
      again: ['DurableExecutionAlreadyStartedException', 409],
      callback: ['InvalidParameterValueException', 400],
      token: ['InvalidParameterValueException', 400],
    })
  })

  test('attaches layers, aliases, URLs and what becomes of events', async () => {
    expect(await python.script('lambda_attachments', [join(python.dir, 'f.zip'), role])).toEqual({
      layer: [1, true],
      shared: 1,
      layers: ['words'],
      numbers: [1],
      executed: '2',
      stale: ['PreconditionFailedException', 412],
      moved: '1',
      aliases: ['live'],
      url: true,
      urls: [['AWS_IAM', 'RESPONSE_STREAM']],
      'no url': ['ResourceNotFoundException', 404],
      events: [0, 60, true],
      configs: ['live'],
      'no config': ['ResourceNotFoundException', 404],
      throttled: ['ReservedFunctionConcurrentInvocationLimitExceeded', 429],
    })
  })
})

describe.runIf(hasAwsCli())('awscli', () => {
  test('makes and calls a function', async () => {
    const { dir } = python
    const aws = (...args: string[]) => python.aws('lambda', ...args)
    const zip = `fileb://${join(dir, 'f.zip')}`
    await aws(
      'create-function',
      '--function-name',
      'cli',
      '--runtime',
      'python3.12',
      '--handler',
      'app.handler',
      '--role',
      role,
      '--zip-file',
      zip,
    )
    const out = join(dir, 'out.json')
    const invoked = await aws('invoke', '--function-name', 'cli', '--payload', '{"name":"x"}', out)
    expect(JSON.parse(invoked)).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' })
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ hello: 'x' })
  })
})
