import { expect, test } from 'vitest'
import { boundsOfPage, fromPageToken, pageOf, toPageToken } from './page-token.ts'

async function* names(after = '') {
  for (const name of ['a', 'b', 'c']) if (name > after) yield name
}
const refuse = () => new Error('no such token')

test('pages follow each other to the end, and the last one has no token', async () => {
  const first = await pageOf(names(), 2, (name) => [name])
  expect(first.items).toEqual(['a', 'b'])
  const { after } = boundsOfPage(first.next, refuse)
  expect(after).toEqual(['b'])
  expect(await pageOf(names(String(after?.[0])), 2, (name) => [name])).toEqual({ items: ['c'], next: undefined })
})

test('a page that takes all there is has no token', async () => {
  expect((await pageOf(names(), 3, (name) => [name])).next).toBeUndefined()
})

test('what is no token, or one of another list, is refused', () => {
  expect(boundsOfPage(undefined, refuse)).toEqual({})
  for (const token of ['', 'made-up', toPageToken('a', 'b'), toPageToken(5), toPageToken()]) {
    expect(() => boundsOfPage(token, refuse)).toThrow('no such token')
  }
  expect(fromPageToken(toPageToken(5, 'a'), ['number', 'string'])).toEqual([5, 'a'])
  expect(fromPageToken(toPageToken('5', 'a'), ['number', 'string'])).toBeUndefined()
})
