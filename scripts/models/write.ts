import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ResourceSchemas } from '../../src/kernel/model.ts'
import type { Generated } from './model.ts'

const header = '// Written by `npm run models`; do not edit.\n'

/** Writes what one service gets: model.json, api.ts, resource-types.json and the declarations of the JSON files. */
export function writeService(
  root: string,
  { model, client }: Generated,
  resources: ResourceSchemas | undefined,
  only?: readonly string[],
): void {
  const folder = join(root, 'src', 'services', model.id)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'model.json'), rows(model, ['operations', 'errors', 'shapes']))
  writeFileSync(join(folder, 'model.d.json.ts'), declaration('model', 'Model'))
  const names = Object.keys(model.operations).filter((name) => only?.includes(name) ?? true)
  for (const name of names) {
    if (!client.commands.has(`${name}Command`)) throw new Error(`${client.package} exports no ${name}Command.`)
  }
  const types = names.flatMap((name) => [`${name}CommandInput`, `${name}CommandOutput`])
  writeFileSync(
    join(folder, 'api.ts'),
    `${header}import type {\n${types.map((type) => `  ${type},\n`).join('')}} from '${client.package}'\n\n` +
      `/** ${only ? 'The operations here' : 'Every operation'} of ${model.sdkId}, as the SDK types it. */\nexport type Api = {\n` +
      `${names.map((name) => `  ${name}: [${name}CommandInput, ${name}CommandOutput]\n`).join('')}}\n`,
  )
  if (!resources) return
  writeFileSync(join(folder, 'resource-types.json'), rows(resources, Object.keys(resources)))
  writeFileSync(join(folder, 'resource-types.d.json.ts'), declaration('resourceTypes', 'ResourceSchemas'))
}

/** Spares the type checker the inference of a large literal, which would not fit the table's type either. */
function declaration(name: string, type: string): string {
  return `${header}import type { ${type} } from '../../kernel/model.ts'\n\ndeclare const ${name}: ${type}\nexport = ${name}\n`
}

/** JSON with one line for each entry of the named members: compact, and a change shows where it is. */
function rows(table: object, long: readonly string[]): string {
  const lines = Object.entries(table).map(([name, value]) => {
    const entries = long.includes(name)
      ? Array.isArray(value)
        ? value.map((item) => JSON.stringify(item))
        : Object.entries(value as object).map(([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item)}`)
      : undefined
    const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
    return `${JSON.stringify(name)}:${entries ? `${open}\n${entries.join(',\n')}\n${close}` : JSON.stringify(value)}`
  })
  return `{\n${lines.join(',\n')}\n}\n`
}
