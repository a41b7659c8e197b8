import { expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { cloud } from './cloud.fixture.ts'

/** What becomes of a resource in the update: how it is made to fail, or changed, if at all. */
const fates = ['stays', 'changes', 'is replaced', 'goes', 'comes'] as const

const resources = fc.array(
  fc.record({
    fate: fc.constantFrom(...fates),
    /** Of those before it, which it depends on: bits. */
    needs: fc.nat(0xff),
    fails: fc.boolean(),
  }),
  { minLength: 1, maxLength: 7 },
)
type Resources = typeof resources extends fc.Arbitrary<infer T> ? T : never

function templateOf(all: Resources, when: 'before' | 'after'): string {
  const there = (fate: string) => fate !== (when === 'before' ? 'comes' : 'goes')
  const made = all.flatMap(({ fate, needs, fails }, index) => {
    if (!there(fate)) return []
    const now = when === 'after'
    const DependsOn = all.flatMap((other, at) =>
      at < index && (needs >> at) & 1 && there(other.fate) ? [`R${at}`] : [],
    )
    const Properties = {
      Size: now && fate === 'changes' ? 2 : 1,
      Fixed: now && fate === 'is replaced' ? 'y' : 'x',
      ...(now && fails && fate !== 'stays' ? { Fail: failure(fate, index) } : {}),
    }
    return [[`R${index}`, { Type: 'T', DependsOn, Properties }] as const]
  })
  // A stack has at least one.
  return JSON.stringify({ Resources: { ...Object.fromEntries(made), Always: { Type: 'T', Properties: { Size: 1 } } } })
}

function failure(fate: string, index: number): string {
  if (index % 2 === 0) return 'configure'
  return fate === 'changes' ? 'halfway' : 'create'
}

/**
 * Pairs of lines in the wrong order: what is made, changed or put back comes after what it needs, what is deleted before
 * that. Resources by their number in `all`.
 */
function misplaced(all: Resources, lines: readonly string[]): string[] {
  const back = lines.findIndex((line) => line.startsWith('stack UPDATE_ROLLBACK_IN_PROGRESS'))
  const [forth, rest] = back < 0 ? [lines, []] : [lines.slice(0, back), lines.slice(back)]
  const wrong: string[] = []
  for (const [index, { needs }] of all.entries()) {
    for (let need = 0; need < index; need++) {
      if (!((needs >> need) & 1)) continue
      const changed = (of: number) => new RegExp(`^R${of} (CREATE|UPDATE)_COMPLETE`)
      const deleted = (of: number) => new RegExp(`^R${of} DELETE_COMPLETE`)
      for (const part of [forth, rest]) {
        if (after(part, changed(need), changed(index))) wrong.push(`R${index} was changed before R${need}`)
        if (after(part, deleted(index), deleted(need))) wrong.push(`R${need} was deleted before R${index}`)
      }
    }
  }
  return wrong
}

/** Whether a line that is to come first comes after one that is to come second. */
function after(lines: readonly string[], first: RegExp, second: RegExp): boolean {
  const from = lines.findIndex((line) => second.test(line))
  return from >= 0 && lines.slice(from).some((line) => first.test(line))
}

test('whatever an update changes, and wherever it fails or is broken off, it is done or taken back whole', async () => {
  await fc.assert(
    fc.asyncProperty(resources, fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 3 }), async (all, cuts) => {
      const world = cloud()
      const state = () => [...world.things].map(([name, { Size }]) => `${name} ${Size}`).sort()
      world.begin(templateOf(all, 'before'))
      await world.run()
      expect(world.ledger.status).toBe('CREATE_COMPLETE')
      const before = state()
      const ids = () =>
        [...world.ledger.resources.values()].map(({ logicalId, now }) => `${logicalId} ${now?.id}`).sort()
      const known = ids()

      world.begin(templateOf(all, 'after'))
      for (const steps of cuts) if ((await world.run(steps)) === 'over') break
      if (!world.ledger.ended) await world.run()

      const fails = all.some(({ fate, fails }) => fails && ['changes', 'is replaced', 'comes'].includes(fate))
      expect(world.ledger.status).toBe(fails ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE')
      if (fails) expect([state(), ids()]).toEqual([before, known])
      const named = [...world.ledger.resources.values()].flatMap(({ now }) => (now ? [now.id] : []))
      expect([...world.things.keys()].sort()).toEqual(named.sort())
      expect(world.ledger.entries.size).toBe(0)
      expect(misplaced(all, world.ledger.lines)).toEqual([])
    }),
    { numRuns: 1_000 },
  )
})
