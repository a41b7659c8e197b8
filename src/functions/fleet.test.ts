import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, startRunner } from './runner.fixture.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startRunner()
})
afterAll(() => fixture[Symbol.asyncDispose]())

test('an instance that is being ended is none that is busy: nothing is started ahead because of it', async () => {
  const spec = await fixture.spec({ 'index.js': 'exports.handler = async () => 1' })
  await fixture.run(spec)
  // Until another process is ready to become the function's, sooner than the old one is gone.
  await once(AbortSignal.timeout(1_000), 'abort')
  for (let round = 0; round < 5; round++) {
    fixture.runner.retire(spec.functionArn)
    await fixture.run(spec)
    await expect.poll(() => fixture.runner.count(spec.functionArn)).toBe(1)
  }
})

test('while all that there are are busy, one more is kept ahead of the next request', async () => {
  const spec = await fixture.spec({ 'index.js': 'exports.handler = ({ ms }) => new Promise((r) => setTimeout(r, ms))' })
  // They are ended with the runner.
  void Promise.allSettled([1, 2].map(() => fixture.run(spec, { ms: 9_000 })))
  while (fixture.runner.count(spec.functionArn) < 3) await once(AbortSignal.timeout(10), 'abort')
  expect((await fixture.run(spec, { ms: 0 })).error).toBeUndefined()
})
