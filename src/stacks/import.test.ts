import { expect, test } from 'vitest'
import { cloud } from './cloud.fixture.ts'

const template = (size: number) =>
  JSON.stringify({
    Resources: {
      A: { Type: 'T', DeletionPolicy: 'Delete', Properties: { Name: 'a', Size: 1 } },
      B: { Type: 'T', DeletionPolicy: 'Delete', DependsOn: 'A', Properties: { Name: 'b', Size: size } },
    },
  })
const there = (...names: string[]) => {
  const world = cloud()
  for (const name of names) world.things.set(name, { Name: name, Size: 1 })
  return world
}
const importing = { kind: 'import', toImport: { A: 'a', B: 'b' } } as const

test('an import broken off anywhere takes over what is there, once, and changes nothing', async () => {
  for (let steps = 0; ; steps++) {
    const world = there('a', 'b')
    world.begin(template(1), importing)
    const ended = await world.run(steps)
    if (ended === 'broken off') await world.run()
    expect(world.ledger.status).toBe('IMPORT_COMPLETE')
    expect([...world.ledger.resources.values()].map(({ status, before, now }) => [status, before, now?.id])).toEqual([
      ['IMPORT_COMPLETE', undefined, 'a'],
      ['IMPORT_COMPLETE', undefined, 'b'],
    ])
    expect(world.ledger.lines.filter((line) => line.startsWith('A '))).toHaveLength(2)
    expect(world.calls.every((call) => call === 'fake:Describe')).toBe(true)
    if (ended === 'over') return
  }
})

test('one that fails, broken off anywhere, lets go of what it took', async () => {
  for (let steps = 0; ; steps++) {
    const world = there('a')
    world.begin(template(1), importing)
    const ended = await world.run(steps)
    if (ended === 'broken off') await world.run()
    expect(world.ledger.status).toBe('IMPORT_ROLLBACK_COMPLETE')
    expect(world.ledger.resources.size).toBe(0)
    expect([...world.things.keys()]).toEqual(['a'])
    if (ended === 'over') return
  }
})

test.each(['create', 'update'] as const)('a %s that fails leaves alone what it has taken over', async (kind) => {
  const world = there('a')
  if (kind === 'update') {
    world.begin(JSON.stringify({ Resources: { First: { Type: 'T', Properties: { Name: 'first' } } } }))
    await world.run()
  }
  const { Resources } = JSON.parse(template(1))
  const all = { ...Resources, B: { Type: 'T', DependsOn: 'A', Properties: { Name: 'b', Fail: 'create' } } }
  const First = { Type: 'T', Properties: { Name: 'first' } }
  world.begin(JSON.stringify({ Resources: kind === 'update' ? { ...all, First } : all }), { toImport: { A: 'a' } })
  await world.run()
  expect(world.ledger.status).toBe(kind === 'update' ? 'UPDATE_ROLLBACK_COMPLETE' : 'ROLLBACK_COMPLETE')
  expect([...world.things.keys()]).toEqual(kind === 'update' ? ['a', 'first'] : ['a'])
})

test('what was imported is updated, replaced and deleted like what was made', async () => {
  const world = there('a', 'b')
  world.begin(template(1), importing)
  await world.run()
  world.begin(template(2))
  await world.run()
  expect(world.ledger.status).toBe('UPDATE_COMPLETE')
  expect(world.things.get('b')).toMatchObject({ Size: 2 })
  world.begin(template(2).replace('"Name":"b"', '"Name":"c"'))
  await world.run()
  expect([...world.things.keys()]).toEqual(['a', 'c'])
  world.begin(undefined, { kind: 'delete' })
  await world.run()
  expect(world.things.size).toBe(0)
})
