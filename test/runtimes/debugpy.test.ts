import { LambdaClient } from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { zipOf } from '../../src/functions/runner.fixture.ts'
import { startNode } from '../harness.ts'
import { call, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { connectAdapter } from './dap.ts'
import { have, python, pythonPackage } from './tools.ts'

const source = `def handler(event, context):
    doubled = event["n"] * 2
    return {"doubled": doubled}
`

test.runIf(have(python))(
  'a debugger stops a Python function for longer than its time limit, and lets it go on',
  async () => {
    const zip = await zipOf({ ...(await pythonPackage('debugpy')), 'index.py': source })
    await using node = await startNode()
    const lambda = node.client(LambdaClient)
    const role = await makeRole(node, 'snake')
    await makeFunction(lambda, 'snake', role, '', { Runtime: 'python3.12', Timeout: 2, Code: { ZipFile: zip } })
    await using inspection = await node.node.host.functions.inspect(
      'arn:aws:lambda:us-east-1:000000000000:function:snake',
      0,
    )
    // The package brings debugpy: it is there once the function is loaded.
    expect((await call(lambda, 'snake', { n: 1 })).value).toEqual({ doubled: 2 })
    const adapter = await connectAdapter(inspection.port)
    await adapter.send('initialize', { adapterID: 'landfall', linesStartAt1: true, pathFormat: 'path' })
    const attached = adapter.send('attach', { justMyCode: false })
    await adapter.event('initialized')
    const { breakpoints } = await adapter.send<{ breakpoints: { verified: boolean }[] }>('setBreakpoints', {
      source: { path: '/var/task/index.py' },
      breakpoints: [{ line: 3 }],
    })
    expect(breakpoints).toMatchObject([{ verified: true }])
    await adapter.send('configurationDone')
    await attached

    const answer = call(lambda, 'snake', { n: 21 }, { LogType: 'Tail' })
    const { threadId, reason } = await adapter.event<{ threadId: number; reason: string }>('stopped')
    expect(reason).toBe('breakpoint')
    const { stackFrames } = await adapter.send<{ stackFrames: { id: number; name: string; line: number }[] }>(
      'stackTrace',
      { threadId },
    )
    expect(stackFrames[0]).toMatchObject({ name: 'handler', line: 3 })
    // Someone looks around for longer than the function may run.
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const frameId = stackFrames[0]?.id
    expect(await adapter.send('evaluate', { expression: 'doubled', frameId })).toMatchObject({ result: '42' })
    await adapter.send('continue', { threadId })
    const { value, log } = await answer
    expect(value).toEqual({ doubled: 42 })
    expect(log).not.toContain('timed out')

    // Without a debugger the function runs on, and is not stopped any more.
    adapter.close()
    await expect.poll(() => inspection.attached).toBe(false)
    expect((await call(lambda, 'snake', { n: 4 })).value).toEqual({ doubled: 8 })
    lambda.destroy()
  },
  120_000,
)
