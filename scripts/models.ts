/**
 * Generates, for each service, the table that drives its wire protocols (`model.json`), the types of its operations
 * (`api.ts`) and the schemas of its CloudFormation types (`resource-types.json`). The same sources give the same bytes.
 * With names (`npm run models -- sqs`) it writes those services alone.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBotocore } from './models/botocore.ts'
import { generateModel } from './models/model.ts'
import { loadResourceTypes } from './models/resource-types.ts'
import { services } from './models/services.ts'
import { writeService } from './models/write.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

async function main(): Promise<void> {
  const botocore = findBotocore()
  const resourceTypes = await loadResourceTypes()
  const clients: string[] = []
  const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
  const unknown = wanted.find((id) => !services.some((source) => source.id === id))
  if (unknown !== undefined) throw new Error(`scripts/models/services.ts names no service ${unknown}.`)
  for (const source of services.filter(({ id }) => wanted.length === 0 || wanted.includes(id))) {
    const generated = await generateModel(source, botocore)
    const { model, notes, client } = generated
    const resources = source.resources === undefined ? undefined : resourceTypes.under(source.resources)
    writeService(root, generated, resources, source.only)
    clients.push(`${client.package} ${client.version}`)
    const counts = [model.operations, model.shapes, model.errors, resources ?? {}].map(
      (table) => Object.keys(table).length,
    )
    console.log(
      `${model.id}: ${counts[0]} operations, ${counts[1]} shapes, ${counts[2]} errors, ${counts[3]} resource types`,
    )
    if (process.argv.includes('--notes')) for (const note of notes) console.log(`  ${note}`)
    if (!existsSync(join(root, 'src', 'services', model.id, 'index.ts'))) {
      const names = source.only ?? Object.keys(model.operations)
      console.log(`its index.ts is yours to write; to begin with, planned: ${JSON.stringify([...names].sort())}`)
    }
  }
  if (wanted.length > 0) return
  const manifest = fileURLToPath(import.meta.resolve('@aws-cdk/aws-service-spec/package.json'))
  const spec = (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
  console.log(`
NOTICE should say:
The service tables (src/services/*/model.json, api.ts, resource-types.json) are derived from
- the AWS SDK for JavaScript v3 (Apache-2.0, Copyright Amazon.com, Inc. or its affiliates): ${clients.join(', ')}
- botocore ${botocore.version} (Apache-2.0, Copyright Amazon.com, Inc. or its affiliates)
- @aws-cdk/aws-service-spec ${spec} (Apache-2.0, Copyright Amazon.com, Inc. or its affiliates)`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  if (process.argv.includes('--trace')) console.error(error)
  process.exitCode = 1
}
