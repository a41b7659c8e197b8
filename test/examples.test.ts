import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '..')
const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const text = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

interface Service {
  readonly functions: Readonly<Record<string, { readonly events?: readonly Readonly<Record<string, unknown>>[] }>>
}

/** The kinds of event of an example's functions, as docs/events.md names them. */
function eventKinds(example: string): string[] {
  const { functions } = parse(text('examples', example, 'serverless.yml'), { logLevel: 'silent' }) as Service
  const events = Object.values(functions).flatMap(({ events = [] }) => events.flatMap((event) => Object.entries(event)))
  return events.map(([kind, settings]) => {
    const given = typeof settings === 'object' && settings !== null ? settings : {}
    if ('method' in given && given.method === 'scheduler') return `${kind}, method: ${given.method}`
    return kind === 'stream' && 'type' in given ? `${kind}, type: ${given.type}` : kind
  })
}

test('docs/events.md says which example has which event', () => {
  const having = new Map<string, string[]>()
  for (const example of examples) {
    for (const kind of new Set(eventKinds(example))) having.set(kind, [...(having.get(kind) ?? []), example])
  }
  const [, section = ''] = text('docs', 'events.md').split('## Which example has it\n')
  const rows = section.split('\n## ')[0]!.matchAll(/^\| `(\w+(?:, \w+: \w+)?)` \| (.*) \|$/gm)
  const said = [...rows].map(([, kind, links]) => [
    kind,
    [...links!.matchAll(/\[([\w-]+)\]\(/g)].map(([, name]) => name),
  ])
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(having))
})

test.each(examples)('%s is on the list, and says on a page what it does, with a diagram', (example) => {
  expect(text('examples', 'README.md')).toContain(`[${example}](${example})`)
  const readme = text('examples', example, 'README.md')
  expect(readme.split('\n').length).toBeLessThanOrEqual(60)
  expect(readme).toContain('```mermaid')
  expect(readme).toContain('landfall dev')
})
