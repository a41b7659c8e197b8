/**
 * Writes docs/parity.md: what each service answers, what it only stores, and what it does not do yet, read from the
 * services themselves. With `--check` it writes nothing and fails when the page is not current.
 */
import { readFile, writeFile } from 'node:fs/promises'
import type { Service } from '../src/kernel/service.ts'
import { entries } from '../src/registry.ts'

const page = new URL('../docs/parity.md', import.meta.url)

/** The page as the code says it should be. */
export async function parity(): Promise<string> {
  const services = await Promise.all(entries.map(async (entry) => (await entry.load()).service))
  return [
    '# What works',
    '',
    'Written by `npm run parity` from the code; a test fails when it is not current.',
    '',
    '- **present**: every parameter of the operation works or is refused by name.',
    '- **inert**: stored and returned, but changes nothing here.',
    '- **planned**: answers `NotImplemented` (501), naming itself.',
    '- **excluded**: answers the same, with the reason: what the operation stands on is nothing a node has.',
    '',
    '| service | present | planned | excluded | resource types |',
    '| --- | --- | --- | --- | --- |',
    ...services.map(summaryRow),
    '',
    ...services.flatMap(section),
  ].join('\n')
}

function summaryRow(service: Service): string {
  const present = Object.keys(service.operations).length
  const types = Object.keys(service.resources ?? {}).length
  const excluded = (service.excluded ?? []).reduce((sum, { operations }) => sum + operations.length, 0)
  return `| [${service.id}](#${service.id}) | ${present} | ${service.planned.length} | ${excluded} | ${types} |`
}

function section(service: Service): string[] {
  const inert = Object.entries(service.inert ?? {}).sort(byName)
  const types = Object.entries(service.resources ?? {}).sort(byName)
  return [
    `## ${service.id}`,
    '',
    `Present: ${list(Object.keys(service.operations))}.`,
    '',
    ...(service.planned.length > 0 ? [`Planned: ${list(service.planned)}.`, ''] : []),
    ...(service.excluded
      ? ['Excluded:', '', ...service.excluded.map(({ operations, because }) => `- ${list(operations)}: ${because}`), '']
      : []),
    ...(inert.length > 0 ? ['Inert:', '', ...inert.map(([name, why]) => `- \`${name}\`: ${why}`), ''] : []),
    ...(types.length > 0
      ? [
          'Resource types, with the properties that work:',
          '',
          ...types.map(([type, { properties }]) => `- \`${type}\`: ${list(properties)}`),
          '',
        ]
      : []),
  ]
}

function list(names: readonly string[]): string {
  return [...names].sort().join(', ') || 'none'
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

if (import.meta.main) {
  const text = await parity()
  const check = process.argv.includes('--check')
  const current = await readFile(page, 'utf8').catch(() => '')
  if (!check) await writeFile(page, text)
  else if (current !== text) {
    process.stderr.write('docs/parity.md is not current: run npm run parity\n')
    process.exitCode = 1
  }
}
