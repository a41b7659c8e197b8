import { describe, expect, test } from 'vitest'
import type { Store } from '../../kernel/store.ts'
import { bytes, type Subject } from './subject.ts'

/** Being told of changes. */
export function watching(subject: Subject): void {
  const { put, open } = subject
  describe('watch', () => {
    test('yields once at first, then after a change under its prefix, and ends when aborted', async () => {
      const over = new AbortController()
      const seen = subject.store.watch(bytes('q/'), over.signal)[Symbol.asyncIterator]()
      expect(await seen.next()).toEqual({ done: false, value: undefined })
      const next = seen.next()
      await put('q0=x', 'p=x')
      await put('q/1=x')
      expect((await next).done).toBe(false)
      const last = seen.next()
      over.abort()
      expect((await last).done).toBe(true)
    })

    test('changes between two looks are one', async () => {
      const over = new AbortController()
      const seen = subject.store.watch(bytes('q/'), over.signal)[Symbol.asyncIterator]()
      await seen.next()
      for (let i = 0; i < 5; i++) await put(`q/${i}=x`)
      expect((await seen.next()).done).toBe(false)
      let more = false
      const next = seen.next().then(({ done }) => {
        more = !done
      })
      await put('other=x')
      expect(more).toBe(false)
      over.abort()
      await next
      expect(more).toBe(false)
    })

    test('sees sets, deletions, additions, appends and cleared ranges, and nested prefixes', async () => {
      const over = new AbortController()
      await put('q/a/1=x')
      const watches = ['q/', 'q/a/', 'q/a/1'].map((prefix) =>
        subject.store.watch(bytes(prefix), over.signal)[Symbol.asyncIterator](),
      )
      await Promise.all(watches.map((seen) => seen.next()))
      const changes: ((tx: Parameters<Parameters<Store['write']>[0]>[0]) => void)[] = [
        (tx) => tx.set(bytes('q/a/1'), bytes('y')),
        (tx) => tx.delete(bytes('q/a/1')),
        (tx) => tx.add(bytes('q/a/1'), 1),
        (tx) => tx.append(bytes('q/a/1'), bytes('y')),
        (tx) => tx.clearRange(bytes('q/a'), bytes('q/b')),
      ]
      for (const change of changes) {
        const next = Promise.all(watches.map((seen) => seen.next()))
        await subject.store.write(change)
        expect((await next).map(({ done }) => done)).toEqual([false, false, false])
      }
      over.abort()
    })

    test('who waits when the store closes is released', async () => {
      const other = await open()
      const seen = other.watch(bytes('q/'), new AbortController().signal)[Symbol.asyncIterator]()
      await seen.next()
      const next = seen.next()
      await other[Symbol.asyncDispose]()
      expect((await next).done).toBe(true)
    })
  })
}
