import { expect, test } from 'vitest'
import { createWorkers, WorkerTimeout } from './pool.ts'

const script = new URL('./thread.ts', import.meta.url)

test('a task runs in a thread and its result comes back', async () => {
  await using workers = createWorkers(1, script)
  const bytes = new TextEncoder().encode('abc')
  expect(await workers.run('digest', { algorithm: 'md5', bytes })).toBe('900150983cd24fb0d6963f7d28e17f72')
})

test('a task that overruns is ended, and the pool goes on with a new thread', async () => {
  await using workers = createWorkers(1, script)
  const stuck = workers.run('matches', { pattern: '^(a+)+$', text: `${'a'.repeat(40)}!` }, { timeoutMs: 300 })
  const after = workers.run('matches', { pattern: '^b$', text: 'b' })
  await expect(stuck).rejects.toBeInstanceOf(WorkerTimeout)
  expect(await after).toBe(true)
})

test('what a task throws reaches the caller', async () => {
  await using workers = createWorkers(2, script)
  await expect(workers.run('nothing', {})).rejects.toThrow('there is no task nothing')
})

test('an input that cannot be cloned is refused to who gave it, and the pool goes on', async () => {
  await using workers = createWorkers(1, script)
  const matches = (text: unknown) => workers.run('matches', { pattern: '^b$', text })
  await expect(matches(() => 'b')).rejects.toMatchObject({ name: 'DataCloneError' })
  const [before, bad, after] = [matches('a'), matches(() => 'b'), matches('b')]
  const refused = expect(bad).rejects.toMatchObject({ name: 'DataCloneError' })
  expect(await before).toBe(false)
  await refused
  expect(await after).toBe(true)
})
