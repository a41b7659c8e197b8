import { expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { encodeFrame, type Frame, FrameError, frame, frameReader } from './frames.ts'

test('frames survive being cut anywhere', () => {
  const frames = fc.array(
    fc.record({ type: fc.nat(255), id: fc.nat(0xffffffff), payload: fc.uint8Array({ maxLength: 300 }) }),
  )
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.flatMap(({ type, id, payload }) => encodeFrame(type, id, payload)))
      const got: Frame[] = []
      const read = frameReader(1000, (frame) => got.push(frame))
      for (let at = 0, n = 0; at < bytes.length; n += 1) {
        const length = cuts[n % cuts.length] as number
        read(bytes.subarray(at, at + length))
        at += length
      }
      expect(got.map((frame) => ({ ...frame, payload: [...frame.payload] }))).toEqual(
        sent.map((frame) => ({ ...frame, payload: [...frame.payload] })),
      )
    }),
  )
})

test('a frame over the limit, or too short to be one, is refused before it is gathered', () => {
  const read = frameReader(1000, () => undefined)
  expect(() => read(Buffer.from([0, 0, 0x10, 0]))).toThrow(FrameError)
  expect(() => frameReader(1000, () => undefined)(Buffer.from([0, 0, 0, 1, 0]))).toThrow(FrameError)
})

test('the node and the programs in instances call frames by the same numbers', async () => {
  const program = new URL('./runtimes/frames.mjs', import.meta.url).href
  const { type } = (await import(program)) as { type: unknown }
  expect(type).toEqual(frame)
})
