import { expect, test } from 'vitest'
import { createRoom, type Room } from './room.ts'

/** Asks for room, and tells in `begun` when it was given; ends when told. */
function ask(room: Room, owner: string, bytes: number, begun: string[], name = owner) {
  let end: () => void = () => {}
  const until = new Promise<void>((resolve) => {
    end = resolve
  })
  const done = room.use(owner, bytes, async () => {
    begun.push(name)
    await until
  })
  return { end, done }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('an owner that asks for much leaves room to those who ask later', async () => {
  const room = createRoom(10, 5)
  const begun: string[] = []
  const busy = Array.from({ length: 6 }, (_, i) => ask(room, 'busy', 2, begun, `busy ${i}`))
  const other = ask(room, 'other', 2, begun)
  await settled()
  expect(begun).toEqual(['busy 0', 'busy 1', 'other'])
  for (const { end } of [...busy, other]) end()
  await Promise.all([...busy, other].map(({ done }) => done))
  expect(begun).toEqual(['busy 0', 'busy 1', 'other', 'busy 2', 'busy 3', 'busy 4', 'busy 5'])
})

test('whoever holds least is next, whoever has waited longest before the others', async () => {
  const room = createRoom(4, 4)
  const begun: string[] = []
  const first = ask(room, 'busy', 4, begun, 'busy 0')
  const waiting = ['busy', 'busy', 'b', 'c'].map((owner, i) => ask(room, owner, 2, begun, `${owner} ${i + 1}`))
  first.end()
  await settled()
  expect(begun).toEqual(['busy 0', 'busy 1', 'b 3'])
  waiting[0]!.end()
  waiting[2]!.end()
  await settled()
  expect(begun.slice(3)).toEqual(['c 4', 'busy 2'])
  for (const { end } of waiting) end()
  await Promise.all(waiting.map(({ done }) => done))
})

test('what is larger than a share gets room, and small work does not keep it from it', async () => {
  const room = createRoom(10, 5)
  const begun: string[] = []
  const small = ask(room, 'small', 4, begun)
  const large = ask(room, 'large', 100, begun)
  const later = ask(room, 'later', 4, begun)
  await settled()
  expect(begun).toEqual(['small'])
  small.end()
  await settled()
  expect(begun).toEqual(['small', 'large'])
  large.end()
  later.end()
  await Promise.all([small, large, later].map(({ done }) => done))
})

test('work that fails gives its room back', async () => {
  const room = createRoom(1, 1)
  const failing = room.use('a', 1, () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(await room.use('b', 1, async () => 'done')).toBe('done')
})
