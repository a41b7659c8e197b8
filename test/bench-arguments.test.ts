import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const run = (bench: string, ...args: string[]) =>
  spawnSync(process.execPath, [`bench/${bench}.ts`, ...args], { encoding: 'utf8' })
const all = ['main', 'events', 'peers', 'growth', 'soak', 'functions-soak', 'functions-burst', 'functions-peers']

test.each(all)('bench/%s says what it takes, and runs nothing then', (bench) => {
  const { status, stdout } = run(bench, '--help')
  expect(status).toBe(0)
  expect(stdout).toMatch(/ \[ARGUMENTS\]\n\n {2}--/)
})

test.each([
  [['--minuets=3'], '--minuets'],
  [['--minutes=soon'], '--minutes takes a number, not soon'],
  [['60'], '60'],
])('what a bench does not take is refused: %s', (args, problem) => {
  const { status, stderr } = run('soak', ...args)
  expect(status).toBe(2)
  expect(stderr).toContain(problem)
  expect(stderr).toContain('--minutes=N')
})
