import { describe, expect, test } from 'vitest'
import { cloud } from './cloud.fixture.ts'
import type { MemoryLedger } from './memory-ledger.fixture.ts'

const names = (world: ReturnType<typeof cloud>) => [...world.things.keys()].sort()
const current = (ledger: MemoryLedger) =>
  [...ledger.resources.values()].map(({ logicalId, now }) => [logicalId, now?.id])

const two = `
Resources:
  A: {Type: T, Properties: {Name: a, Size: '5'}}
  B: {Type: T, Properties: {Name: !Sub '\${A}-b'}}
Outputs: {O: {Value: !GetAtt B.Arn}}`

describe('a creation', () => {
  test('makes what is needed first, first, and answers outputs', async () => {
    const world = cloud()
    world.begin(two)
    await world.run()
    expect(world.ledger.lines).toEqual([
      'A CREATE_IN_PROGRESS',
      'A CREATE_IN_PROGRESS: Resource creation Initiated',
      'A CREATE_COMPLETE',
      'B CREATE_IN_PROGRESS',
      'B CREATE_IN_PROGRESS: Resource creation Initiated',
      'B CREATE_COMPLETE',
      'stack CREATE_COMPLETE',
    ])
    expect(world.things.get('a')).toMatchObject({ Size: 5 })
    expect(world.ledger.outputs).toEqual([{ key: 'O', value: 'arn:a-b' }])
  })

  test('that fails is undone, the half-made resource included', async () => {
    const world = cloud()
    world.begin(
      'Resources: {A: {Type: T, Properties: {Name: a}}, B: {Type: T, DependsOn: A, Properties: {Name: b, Fail: configure}}}',
    )
    await world.run()
    expect(names(world)).toEqual([])
    expect(world.ledger.status).toBe('ROLLBACK_COMPLETE')
    expect(world.ledger.lines).toContain(
      'stack ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [B]. Rollback requested by user.',
    )
    expect(world.ledger.lines.find((line) => line.startsWith('B CREATE_FAILED'))).toMatch(
      /"Not like that." \(RequestToken: .*HandlerErrorCode: InvalidRequest\)/,
    )
  })

  test.each([
    ['Retain', {}, ['a']],
    ['RetainExceptOnCreate', {}, []],
    ['Retain', { retainExceptOnCreate: true }, []],
  ] as const)('that fails keeps what is retained: %s %o', async (policy, options, kept) => {
    const world = cloud()
    world.begin(
      `Resources:
  A: {Type: T, DeletionPolicy: ${policy}, Properties: {Name: a}}
  B: {Type: T, DependsOn: A, Properties: {Name: b, Fail: configure}}`,
      options,
    )
    await world.run()
    expect([world.ledger.status, names(world)]).toEqual(['ROLLBACK_COMPLETE', kept])
  })

  test('with OnFailure DO_NOTHING keeps what there is, DELETE leaves no stack', async () => {
    const template =
      'Resources: {A: {Type: T, Properties: {Name: a}}, B: {Type: T, DependsOn: A, Properties: {Fail: create}}}'
    const kept = cloud()
    kept.begin(template, { onFailure: 'DO_NOTHING' })
    await kept.run()
    expect([kept.ledger.status, names(kept)]).toEqual(['CREATE_FAILED', ['a']])
    const deleted = cloud()
    deleted.begin(template, { onFailure: 'DELETE' })
    await deleted.run()
    expect([deleted.ledger.status, names(deleted)]).toEqual(['DELETE_COMPLETE', []])
  })

  test('that is not done in time fails and is undone', async () => {
    const world = cloud()
    world.begin('Resources: {A: {Type: T, Properties: {Name: a, Wait: true}}}', { deadlineMs: 60_000 })
    const running = world.run()
    await new Promise(setImmediate)
    world.clock.advance(60_000)
    await running
    expect(world.ledger.lines).toContain('A CREATE_FAILED: Resource creation cancelled')
    expect(world.ledger.lines.find((line) => line.startsWith('stack ROLLBACK_IN'))).toContain(
      'Stack creation time exceeded',
    )
    expect([world.ledger.status, names(world)]).toEqual(['ROLLBACK_COMPLETE', []])
  })
})

describe('an update', () => {
  const deployed = async (yaml: string) => {
    const world = cloud()
    world.begin(yaml)
    await world.run()
    return world
  }

  test('changes in place, replaces, adds and removes; what was replaced or removed goes last', async () => {
    const world = await deployed(
      'Resources: {A: {Type: T, Properties: {Name: a, Size: 1}}, R: {Type: T, Properties: {Fixed: x}}, Gone: {Type: T, Properties: {Name: gone}}, Same: {Type: T}}',
    )
    const old = world.ledger.resources.get('R')?.now?.id as string
    world.begin(
      'Resources: {A: {Type: T, Properties: {Name: a, Size: 2}}, R: {Type: T, DependsOn: A, Properties: {Fixed: y}}, New: {Type: T, DependsOn: R, Properties: {Name: !Ref R}}, Same: {Type: T}}'.replace(
        '!Ref R',
        "!Sub '${R}-new'",
      ),
    )
    await world.run()
    const fresh = world.ledger.resources.get('R')?.now?.id as string
    expect(fresh).not.toBe(old)
    expect(world.things.get('a')).toMatchObject({ Size: 2 })
    expect(world.things.has(`${fresh}-new`)).toBe(true)
    expect([world.things.has(old), world.things.has('gone')]).toEqual([false, false])
    expect(world.ledger.status).toBe('UPDATE_COMPLETE')
    const cleanup = world.ledger.lines.indexOf('stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')
    expect(world.ledger.lines.indexOf('R DELETE_COMPLETE')).toBeGreaterThan(cleanup)
    expect(world.ledger.lines).toContain(
      'R UPDATE_IN_PROGRESS: Requested update requires the creation of a new physical resource; hence creating one.',
    )
    expect(world.ledger.lines.filter((line) => line.startsWith('Same'))).toEqual([])
    expect(world.ledger.resources.has('Gone')).toBe(false)
    expect([...world.ledger.resources.values()].every(({ before }) => before === undefined)).toBe(true)
  })

  test('that fails restores what it changed and deletes what it made', async () => {
    const world = await deployed(
      'Resources: {A: {Type: T, Properties: {Name: a, Size: 1}}, R: {Type: T, Properties: {Fixed: x}}, Gone: {Type: T, Properties: {Name: gone}}}',
    )
    const before = current(world.ledger)
    const things = names(world)
    world.begin(`Resources:
  A: {Type: T, Properties: {Name: a, Size: 2}}
  R: {Type: T, DependsOn: A, Properties: {Fixed: y}}
  New: {Type: T, DependsOn: R, Properties: {Name: new}}
  Bad: {Type: T, DependsOn: New, Properties: {Name: bad, Fail: configure}}`)
    await world.run()
    expect(world.ledger.status).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(world.things.get('a')).toMatchObject({ Size: 1 })
    expect(names(world)).toEqual(things)
    expect(current(world.ledger)).toEqual(before)
  })

  describe('of a part to another thing, under the same physical id', () => {
    const of = (thing: string, more = '') =>
      `Resources: {P: {Type: Part, Properties: {Of: ${thing}, Name: p}}, A: {Type: T, DependsOn: P, Properties: {Name: a${more}}}}`

    test('deletes the old one', async () => {
      const world = await deployed(of('x'))
      world.begin(of('y'))
      await world.run()
      expect([world.ledger.status, names(world)]).toEqual(['UPDATE_COMPLETE', ['a', 'y/p']])
      expect(world.ledger.lines).toContain('P DELETE_COMPLETE')
    })

    test('that fails later deletes the new one', async () => {
      const world = await deployed(of('x'))
      world.begin(of('y', ', Fail: configure'))
      await world.run()
      expect([world.ledger.status, names(world)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['a', 'x/p']])
    })

    test('and on to a third, before the first update was rolled back, deletes both it came by', async () => {
      const world = await deployed(of('x'))
      world.begin(of('y', ', Fail: configure'), { onFailure: 'DO_NOTHING' })
      await world.run()
      expect([world.ledger.status, names(world)]).toEqual(['UPDATE_FAILED', ['a', 'x/p', 'y/p']])
      world.begin(of('z'))
      await world.run()
      expect([world.ledger.status, names(world)]).toEqual(['UPDATE_COMPLETE', ['a', 'z/p']])
    })

    test('half done, is deleted with all there is', async () => {
      const world = await deployed(of('x'))
      world.begin(of('y', ', Fail: configure'), { onFailure: 'DO_NOTHING' })
      await world.run()
      world.begin(undefined, { kind: 'delete' })
      await world.run()
      expect([world.ledger.status, names(world)]).toEqual(['DELETE_COMPLETE', []])
    })
  })

  test('whose rollback fails says so, and can be continued', async () => {
    const world = await deployed('Resources: {A: {Type: T, Properties: {Name: a, Size: 1}}}')
    world.begin(
      'Resources: {A: {Type: T, Properties: {Name: a, Size: 2}}, B: {Type: T, DependsOn: A, Properties: {Fail: sabotage}}}',
    )
    await world.run()
    expect(world.ledger.status).toBe('UPDATE_ROLLBACK_FAILED')
    expect(world.ledger.lines.at(-1)).toContain('The following resource(s) failed to update: [A].')
    world.things.set('a', { Name: 'a', Size: 2 })
    world.begin(undefined, { kind: 'update', phase: 'rollback' })
    await world.run()
    expect(world.ledger.status).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(world.things.get('a')).toMatchObject({ Size: 1 })
  })

  test('whose rollback can’t be done is ended by force, which leaves what can’t be put back, now or then', async () => {
    const of = (size: number, more = '') =>
      `Resources: {A: {Type: T, Properties: {Name: a, Size: ${size}}}, C: {Type: T, DependsOn: A, Properties: {Name: c, Size: ${size}}}, D: {Type: T, Properties: {Name: d, Size: ${size}}}${more}}`
    const world = await deployed(of(1))
    world.begin(of(2, ', B: {Type: T, DependsOn: [C, D], Properties: {Fail: sabotage}}'))
    await world.run()
    expect(world.ledger.status).toBe('UPDATE_ROLLBACK_FAILED')
    world.things.delete('c')
    world.begin(undefined, { kind: 'update', phase: 'rollback', force: true })
    await world.run()
    expect(world.ledger.status).toBe('UPDATE_ROLLBACK_COMPLETE')
    expect(world.ledger.lines.filter((line) => line.includes('FAILED'))).toEqual([
      expect.stringMatching(/^C UPDATE_FAILED/),
    ])
    const states = [...world.ledger.resources.values()].map(({ status, before, attempt }) => ({
      status,
      before,
      attempt,
    }))
    for (const state of states)
      expect(state).toEqual({ status: 'UPDATE_COMPLETE', before: undefined, attempt: undefined })
    expect(world.things.get('d')).toMatchObject({ Size: 1 })
  })

  test('that is cancelled is rolled back, a wait being broken off', async () => {
    const world = await deployed('Resources: {A: {Type: T, Properties: {Name: a}}}')
    world.begin(
      'Resources: {A: {Type: T, Properties: {Name: a, Size: 2}}, W: {Type: T, DependsOn: A, Properties: {Name: w, Wait: true}}}',
    )
    const running = world.run()
    await new Promise(setImmediate)
    world.ledger.ask('cancel')
    await running
    expect([world.ledger.status, names(world)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', ['a']])
    expect(world.things.get('a')?.Size).toBeUndefined()
  })

  test('of the stack’s tags alone reaches its resources', async () => {
    const world = await deployed('Resources: {A: {Type: T, Properties: {Name: a}}}')
    world.begin('Resources: {A: {Type: T, Properties: {Name: a}}}', { tags: { team: 'x' } })
    await world.run()
    expect(world.ledger.lines).toEqual([
      'A UPDATE_IN_PROGRESS',
      'A UPDATE_COMPLETE',
      'stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'stack UPDATE_COMPLETE',
    ])
  })

  test.each([
    [{}, ['a', 'new']],
    [{ retainExceptOnCreate: true }, ['a']],
  ] as const)(
    'that is rolled back keeps what is new and retained, unless told otherwise: %o',
    async (options, kept) => {
      const world = await deployed('Resources: {A: {Type: T, Properties: {Name: a}}}')
      world.begin(
        `Resources:
  A: {Type: T, DependsOn: New, Properties: {Name: a, Fail: configure}}
  New: {Type: T, DeletionPolicy: Retain, Properties: {Name: new}}`,
        options,
      )
      await world.run()
      expect([world.ledger.status, names(world)]).toEqual(['UPDATE_ROLLBACK_COMPLETE', kept])
    },
  )

  test('keeps what its policies say', async () => {
    const world = await deployed(
      'Resources: {A: {Type: T, DeletionPolicy: Retain, Properties: {Name: a}}, R: {Type: T, Properties: {Fixed: x}}}',
    )
    const old = world.ledger.resources.get('R')?.now?.id as string
    world.begin('Resources: {R: {Type: T, UpdateReplacePolicy: Retain, Properties: {Fixed: y}}}')
    await world.run()
    expect(names(world)).toEqual(['a', old, world.ledger.resources.get('R')?.now?.id].sort())
    expect(world.ledger.lines).toContain('A DELETE_SKIPPED')
  })
})

describe('a deletion', () => {
  test('deletes dependents first; what cannot be deleted, and what it needs, stays', async () => {
    const world = cloud()
    world.begin(two)
    await world.run()
    world.begin(undefined, { kind: 'delete' })
    Object.assign(world.things.get('a-b') ?? {}, { Fail: 'delete' })
    await world.run()
    expect([world.ledger.status, names(world)]).toEqual(['DELETE_FAILED', ['a', 'a-b']])
    Object.assign(world.things.get('a-b') ?? {}, { Fail: '' })
    world.begin(undefined, { kind: 'delete' })
    await world.run()
    expect(world.ledger.lines).toEqual([
      'B DELETE_IN_PROGRESS',
      'B DELETE_COMPLETE',
      'A DELETE_IN_PROGRESS',
      'A DELETE_COMPLETE',
      'stack DELETE_COMPLETE',
    ])
  })

  test('asked for while the stack is being made ends the making', async () => {
    const world = cloud()
    world.begin(
      'Resources: {A: {Type: T, Properties: {Name: a}}, W: {Type: T, DependsOn: A, Properties: {Name: w, Wait: true}}}',
    )
    const running = world.run()
    await new Promise(setImmediate)
    world.ledger.ask('delete')
    await running
    expect([world.ledger.status, names(world)]).toEqual(['DELETE_COMPLETE', []])
  })
})

describe('broken off at any step and taken up again', () => {
  const start =
    'Resources: {A: {Type: T, Properties: {Name: a, Size: 1}}, R: {Type: T, Properties: {Fixed: x}}, Gone: {Type: T, DependsOn: A, Properties: {Name: gone}}}'
  const next =
    'Resources: {A: {Type: T, Properties: {Name: a, Size: 2}}, R: {Type: T, Properties: {Fixed: y}}, New: {Type: T, DependsOn: [A, R], Properties: {Name: new}}}'
  const bad = next.replace('Name: new', 'Name: new, Fail: configure')

  /** Breaks off after 0, 1, 2 … steps, in fresh worlds, and again every few steps after; answers each end. */
  async function everywhere(prepare: (world: ReturnType<typeof cloud>) => Promise<void>) {
    const ends: string[] = []
    for (let steps = 0; ; steps++) {
      const world = cloud()
      await prepare(world)
      let outcome = await world.run(steps)
      const unbroken = outcome === 'over'
      for (let more = 0; outcome === 'broken off' && more < 50; more++)
        outcome = await world.run(more % 2 === 0 ? 3 : 7)
      expect(outcome).toBe('over')
      const ids = [...world.ledger.resources.values()].flatMap(({ now }) => (now ? [now.id] : []))
      expect(names(world), `after ${steps} steps nothing is orphaned or missing`).toEqual(ids.sort())
      expect(world.ledger.entries.size).toBe(0)
      ends.push(`${world.ledger.status} ${JSON.stringify(world.things.get('a'))}`)
      if (unbroken) return ends
    }
  }

  test('a creation makes everything once', async () => {
    const ends = await everywhere(async (world) => world.begin(start))
    expect(ends.length).toBeGreaterThan(10)
    expect(new Set(ends)).toEqual(new Set(['CREATE_COMPLETE {"Name":"a","Size":1,"Id":"a"}']))
  })

  test('a creation goes on with the rest while what it waited for is waited for again', async () => {
    const world = cloud()
    world.begin(`Resources:
  W: {Type: T, Properties: {Name: w, Wait: true}}
  A: {Type: T, Properties: {Name: a}}
  B: {Type: T, DependsOn: A, Properties: {Name: b}}
  C: {Type: T, DependsOn: B, Properties: {Name: c}}`)
    expect(await world.run(8)).toBe('broken off')
    expect(names(world)).toEqual(['a', 'b', 'w'])
    const going = world.run()
    await expect.poll(() => names(world)).toEqual(['a', 'b', 'c', 'w'])
    world.clock.advance(2_000_000)
    expect(await going).toBe('over')
    expect(world.ledger.status).toBe('CREATE_COMPLETE')
  })

  test('an update is completed', async () => {
    const ends = await everywhere(async (world) => {
      world.begin(start)
      await world.run()
      world.begin(next)
    })
    expect(new Set(ends)).toEqual(new Set(['UPDATE_COMPLETE {"Name":"a","Size":2,"Id":"a"}']))
  })

  test('a failing update is rolled back', async () => {
    const ends = await everywhere(async (world) => {
      world.begin(start)
      await world.run()
      world.begin(bad)
    })
    expect(new Set(ends)).toEqual(new Set(['UPDATE_ROLLBACK_COMPLETE {"Name":"a","Size":1,"Id":"a"}']))
  })

  test('a failing creation leaves nothing', async () => {
    const ends = await everywhere(async (world) => world.begin(bad))
    expect(new Set(ends)).toEqual(new Set(['ROLLBACK_COMPLETE undefined']))
  })
})
