import { expect, test } from 'vitest'
import { systemIds } from '../../kernel/ids.ts'
import { follow, longestWay } from './lineage.ts'

const next = (before: string | undefined, arn = 'f') => follow(before, arn, 1_700_000_000_000, systemIds)

test('a trace begins with the first call, and each call is counted on its own function', () => {
  const first = next(undefined)
  expect(first.calls).toBe(1)
  expect(first.traceId).toMatch(/^Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/)
  const other = next(first.traceId, 'g')
  expect(other.calls).toBe(1)
  const again = next(other.traceId)
  expect(again.calls).toBe(2)
  const root = (header: string) => header.split(';')[0]
  expect(root(again.traceId)).toBe(root(first.traceId))
})

test('what a caller decided of sampling stays', () => {
  expect(next('Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1').traceId).toContain(
    'Root=1-5759e988-bd862e3fe1be46a994272793;',
  )
  expect(next('Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1').traceId).toContain(';Sampled=1;')
})

test.each([
  ['Active', undefined, 1],
  ['Active', 'Root=1-5759e988-bd862e3fe1be46a994272793', 1],
  ['Active', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=?', 1],
  ['Active', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0', 0],
  ['PassThrough', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1', 1],
  ['PassThrough', 'Root=1-5759e988-bd862e3fe1be46a994272793', 0],
] as const)('%s tracing with %s before it', (mode, before, sampled) => {
  const { traceId } = follow(before, 'f', 1_700_000_000_000, systemIds, mode)
  expect(traceId).toContain(`;Sampled=${sampled};`)
})

test.each(['', 'x', 'Root=;Lineage=', 'Lineage=zzzzzzzz:1', 'Lineage=00000000:99999999', `Root=${'x'.repeat(2_000)}`])(
  'a header that is none begins a trace: %s',
  (header) => {
    expect(next(header)).toMatchObject({ calls: 1, traceId: expect.stringMatching(/^Root=1-6553f100-/) })
  },
)

test('the header stays short, however many functions call each other', () => {
  let header: string | undefined
  for (let n = 0; n < 100; n++) header = next(header, `f${n}`).traceId
  expect(header?.length).toBeLessThan(400)
})

test('of a batch, the message that has been round most often counts', () => {
  const once = next(undefined).traceId
  const twice = next(once).traceId
  expect(longestWay([undefined, once, twice, once], 'f')).toBe(twice)
  expect(longestWay([], 'f')).toBeUndefined()
})
