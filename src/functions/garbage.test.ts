import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { encodeFrame, frame } from './frames.ts'
import { type Fixture, startRunner } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner()
})
afterAll(() => f[Symbol.asyncDispose]())

/** Writes what it is told to descriptors that are the runtime's, and then answers, unless told not to. */
const source = `const fs = require('fs')
exports.handler = async ({ to, bytes, then }) => {
  if (bytes) fs.writeSync(to, Buffer.from(bytes, 'base64'))
  if (then === 'exit') process.exit(7)
  if (then === 'wait') await new Promise((resolve) => setTimeout(resolve, 60_000))
  return 'answered'
}`
const spec = () => f.spec({ 'index.js': source }, { timeoutMs: 1_500 })
/** The runtime's channel and its output, as the program has them. */
const channel = 3
const output = 4

/**
 * What a program that writes these bytes comes to, and whether the function is served as ever afterwards. The next request
 * may reach the program before its bytes are read, and end with it: one, and no more.
 */
async function written(to: number, bytes: Uint8Array, then = 'return') {
  const mine = await spec()
  const event = JSON.stringify({ to, bytes: Buffer.from(bytes).toString('base64'), then })
  const outcome = await f.runner.run(mine, { requestId: randomUUID(), payload: Buffer.from(event) })
  const next = async () => (await f.run(mine, {})).value
  if ((await next()) !== 'answered') expect(await next()).toBe('answered')
  return { ...outcome, text: Buffer.from(outcome.payload).toString() }
}
const framed = (type: number, id: number, payload: string | Uint8Array = '') =>
  Buffer.concat(encodeFrame(type, id, Buffer.from(payload)))

describe('a function that writes to the runtime’s own descriptors harms itself alone', () => {
  test('a frame that claims to be larger than any ends the program', async () => {
    const { text } = await written(channel, Buffer.from('ffffffff0d0000000100', 'hex'), 'wait')
    expect(JSON.parse(text)).toMatchObject({ errorType: 'Runtime.ExitError' })
  })

  test('half a frame swallows the answer, until time is up', async () => {
    const { text } = await written(channel, framed(frame.result, 1, 'x'.repeat(5_000)).subarray(0, 20))
    expect(JSON.parse(text)).toMatchObject({ errorType: expect.stringMatching(/Sandbox.Timedout|Runtime/) })
  })

  test.each([
    ['nothing', ''],
    ['a type that is no text', '{"errorType":{"toString":1,"valueOf":1},"errorMessage":{"toString":1}}'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0])],
  ])('a failure that holds %s is a failure', async (_, document) => {
    for (const type of [frame.quietFailure, frame.crash]) {
      const { error } = await written(channel, framed(type, 1, document), type === frame.crash ? 'exit' : 'wait')
      expect(error).toBe('Unhandled')
    }
  })

  test('frames of other requests, of no type and of the start are passed over', async () => {
    const bytes = Buffer.concat([
      framed(frame.result, 99, '"another"'),
      framed(frame.ready, 0),
      framed(frame.initialised, 0),
      framed(frame.initFailed, 0, '{}'),
      framed(200, 1, 'what is this'),
    ])
    expect((await written(channel, bytes)).text).toBe('"answered"')
  })

  test('whatever it writes, on either of them', async () => {
    const type = fc.oneof(fc.constantFrom(...Object.values(frame)), fc.nat(255))
    const whole = fc
      .tuple(type, fc.constantFrom(0, 1, 2, 0xffffffff), fc.uint8Array({ maxLength: 200 }))
      .map(([kind, id, payload]) => framed(kind, id, payload))
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(whole, { maxLength: 5 }).map((all) => Buffer.concat(all)),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(channel, output, 1),
        bytes,
        fc.constantFrom('return', 'exit'),
        async (to, all, then) => {
          const outcome = await written(to, all, then)
          expect(outcome.payload).toBeInstanceOf(Uint8Array)
        },
      ),
      { numRuns: 5 },
    )
  })
})
