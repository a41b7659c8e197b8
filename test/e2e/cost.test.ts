import { LambdaClient } from '@aws-sdk/client-lambda'
import { describe, expect, test } from 'vitest'
import { costOf, tiered } from '../../src/cli/cost.ts'
import { lambdaPrices } from '../../src/cli/prices.ts'
import type { UsageDay } from '../../src/control.ts'
import { startNode } from '../harness.ts'
import { call, makeFunction, makeRole } from '../wire/lambda-support.ts'
import { answerOf, landfallAt } from './landfall.ts'

interface Answer {
  readonly lines: readonly { name: string; requests: number; gbSeconds: number; initMs: number; listPriceUsd: number }[]
  readonly total: { readonly requests: number; readonly listPriceUsd: number }
  readonly prices: { readonly source: string; readonly asOf: string }
  readonly days: readonly UsageDay[]
  readonly note: string
}

const source = `exports.handler = async (event) => {
  if (event.fail) throw new Error('as asked')
}`

test('every invocation is counted, by function and by service, also after a restart', async () => {
  await using node = await startNode()
  const lambda = node.client(LambdaClient)
  const role = await makeRole(node, 'counted')
  await makeFunction(lambda, 'one', role, source, { MemorySize: 512, Tags: { service: 'shop' } })
  await makeFunction(lambda, 'two', role, source, { MemorySize: 128, Tags: { service: 'shop' } })
  await makeFunction(lambda, 'three', role, source)
  const billed = { one: 0, two: 0, three: 0 }
  const invoke = async (name: keyof typeof billed, event: object) => {
    const { log } = await call(lambda, name, event, { LogType: 'Tail' })
    billed[name] += Number(/Billed Duration: (\d+) ms/.exec(log ?? '')?.[1])
  }
  await invoke('one', {})
  // One that fails is charged like any other.
  await invoke('one', { fail: true })
  await invoke('two', {})
  await node.restart()
  const again = node.client(LambdaClient)
  await call(again, 'three')

  const { lines, total, days, note, prices } = await answerOf<Answer>(node, 'cost')
  const [one, two, three] = ['one', 'two', 'three'].map((name) => lines.find((line) => line.name === name)!)
  expect(one).toMatchObject({ requests: 2, gbSeconds: (billed.one * 512) / 1024 / 1000 })
  expect(two).toMatchObject({ requests: 1, gbSeconds: (billed.two * 128) / 1024 / 1000 })
  expect(three?.requests).toBe(1)
  expect(one?.initMs).toBeGreaterThan(0)
  expect(total.requests).toBe(4)
  expect(two?.listPriceUsd).toBeCloseTo(0.0000002 + two!.gbSeconds * 0.0000166667, 15)
  expect(days.map(({ functionName }) => functionName).sort()).toEqual(['one', 'three', 'two'])
  expect(note).toContain('Landfall charges nothing')
  expect(prices.source).toBe('https://aws.amazon.com/lambda/pricing/')

  const byService = await answerOf<Answer>(node, 'cost', '--by', 'service', '--since', '1d')
  expect(byService.lines.map(({ name, requests }) => [name, requests]).sort()).toEqual([
    ['(none)', 1],
    ['shop', 3],
  ])
  const shown = await landfallAt(node, 'cost', '--free-tier')
  expect(shown.out).toMatch(/all +4 /)
  expect(shown.out).toContain('What AWS would charge')
  expect(shown.out).toContain('free tier')
})

test('what is asked wrongly is refused with the next step', async () => {
  await using node = await startNode()
  const by = await landfallAt(node, 'cost', '--by', 'stack')
  expect(by).toMatchObject({ code: 2 })
  expect(by.err).toContain('--by must be function or service')
  expect((await landfallAt(node, 'cost', '--since', 'ever')).err).toContain('90s, 10m, 2h, 1d')
  const none = await landfallAt(node, 'cost')
  expect(none.code).toBe(0)
  expect(none.err).toContain('No function ran since then')
})

describe('prices', () => {
  const day = (more: Partial<UsageDay>): UsageDay => ({
    day: '2026-11-01',
    region: 'us-east-1',
    functionName: 'f',
    architecture: 'x86_64',
    requests: 0,
    billedMs: 0,
    initMs: 0,
    memoryMbMs: 0,
    storageMbMs: 0,
    ...more,
  })
  /** Gigabyte-seconds, and no storage beyond what is included. */
  const used = (gbSeconds: number, more: Partial<UsageDay> = {}) =>
    day({ memoryMbMs: gbSeconds * 1024 * 1000, ...more })

  test('follow the tiers of a month', () => {
    const { x86_64, arm64 } = lambdaPrices.duration
    expect(tiered(6e9, x86_64)).toBeCloseTo(6e9 * 0.0000166667, 2)
    expect(tiered(20e9, x86_64)).toBeCloseTo(6e9 * 0.0000166667 + 9e9 * 0.000015 + 5e9 * 0.0000133334, 2)
    expect(tiered(10e9, arm64)).toBeCloseTo(7.5e9 * 0.0000133334 + 2.5e9 * 0.0000120001, 2)
    const usage = [used(6e9), used(3e9, { functionName: 'g' }), used(1e9, { day: '2026-12-01' })]
    const { total, lines } = costOf(usage, 'function', { freeTier: false })
    expect(total.listPriceUsd).toBeCloseTo(7e9 * 0.0000166667 + 3e9 * 0.000015, 2)
    expect(lines.reduce((sum, line) => sum + line.listPriceUsd, 0)).toBeCloseTo(total.listPriceUsd, 6)
  })

  test('count storage beyond the first 512 MB, and the free tier only where it is asked for', () => {
    const stored = day({ billedMs: 1000, storageMbMs: 1000 * 1536 })
    expect(costOf([stored], 'function', { freeTier: false }).total.listPriceUsd).toBeCloseTo(0.0000000309, 15)
    const small = [used(1000, { requests: 10 })]
    expect(costOf(small, 'function', { freeTier: false }).freeTierUsd).toBe(0)
    const { total, freeTierUsd } = costOf(small, 'function', { freeTier: true })
    expect(freeTierUsd).toBeCloseTo(total.listPriceUsd, 12)
  })
})
