import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fixture, startRunner } from './runner.fixture.ts'

let f: Fixture
beforeAll(async () => {
  f = await startRunner()
})
afterAll(() => f[Symbol.asyncDispose]())

test('what a function and its children write past the console is taken, however much comes at once', async () => {
  const spec = await f.spec({
    'index.js': `const { writeSync } = require('fs')
const line = 'x'.repeat(99) + '\\n'
exports.handler = async () => {
  console.log('first')
  const text = line.repeat(10_000)
  let written = 0
  while (written < text.length) written += writeSync(1, text.slice(written))
  require('child_process').execFileSync('sh', ['-c', 'seq 1 20000'], { stdio: 'inherit' })
  return written
}`,
  })
  const { value, lines } = await f.run(spec)
  expect(value).toBe(1_000_000)
  expect(lines.filter((one) => one === 'x'.repeat(99)).length).toBe(10_000)
  expect(lines).toContain('20000')
})
