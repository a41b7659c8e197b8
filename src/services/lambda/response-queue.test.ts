import { expect, test } from 'vitest'
import { responseQueue } from './response-queue.ts'

const piece = (bytes: number) => new Uint8Array(bytes)
const settled = (promise: Promise<unknown> | undefined) =>
  Promise.race([Promise.resolve(promise).then(() => true), new Promise((done) => setImmediate(done, false))])

test('pieces come in order, also those that came before anyone read, and the end after the last', async () => {
  const queue = responseQueue()
  queue.sink.write(Buffer.from('a'))
  const read = (async () => {
    const got: string[] = []
    for await (const chunk of queue) got.push(Buffer.from(chunk).toString())
    return got
  })()
  await new Promise((done) => setImmediate(done))
  queue.sink.write(Buffer.from('b'))
  queue.sink.write(piece(0))
  queue.sink.write(Buffer.from('c'))
  queue.close()
  expect(await read).toEqual(['a', 'b', 'c'])
})

test('who writes waits while too much is held, until half of it has left', async () => {
  const queue = responseQueue()
  expect(queue.sink.write(piece(200_000))).toBeUndefined()
  const full = queue.sink.write(piece(100_000))
  expect(await settled(full)).toBe(false)
  const reader = queue[Symbol.asyncIterator]()
  await reader.next()
  expect(await settled(full)).toBe(false)
  await reader.next()
  expect(await settled(full)).toBe(true)
})

test('when nobody reads any more, who writes is let go and what comes is dropped', async () => {
  const queue = responseQueue()
  const full = queue.sink.write(piece(1_000_000))
  queue.cancel()
  expect(await settled(full)).toBe(true)
  expect(queue.sink.write(piece(1_000_000))).toBeUndefined()
  const { done } = await queue[Symbol.asyncIterator]().next()
  expect(done).toBe(true)
})
