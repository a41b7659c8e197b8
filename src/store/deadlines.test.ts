import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Deadlines } from './deadlines.ts'
import { Overlay } from './overlay.ts'
import { Attempt } from './transaction.ts'

const attempt = () =>
  new Attempt(
    new Overlay(),
    () => {
      throw new Error('nothing is read')
    },
    1_000,
  )

test('a transaction that takes longer than the limit is aborted', async () => {
  const running = new Deadlines(50).run(attempt(), () => setTimeout(5_000, 'done', { ref: false }))
  await expect(running).rejects.toMatchObject({ reason: 'timeout' })
})

test('time in which the process did not run is not taken from transactions', async () => {
  const running = new Deadlines(200).run(attempt(), () => setTimeout(300, 'done'))
  const until = performance.now() + 900
  while (performance.now() < until);
  expect(await running).toBe('done')
})
