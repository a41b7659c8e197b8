import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ResourceSchemas } from '../kernel/model.ts'
import { dependencyGraph } from './graph.ts'
import { evaluate } from './intrinsics.ts'
import { templateNames } from './names.ts'
import { parseTemplate } from './parse.ts'
import { checkProperties } from './properties.ts'
import { checkReferences } from './references.ts'
import { readTemplate } from './template.ts'
import { type ResolvedMap, Unresolved } from './value.ts'

const folder = join(import.meta.dirname, '../../../shared/conformance/sam/output')
const services = join(import.meta.dirname, '../services')

/** Templates of the transform's own tests that CloudFormation would not take either, or that need what we refuse. */
const expected: Readonly<Record<string, RegExp>> = {
  'null values': /'null' values are not allowed/,
  'names that are declared nowhere': /Unresolved (resource|condition) dependenc|references undefined resource/,
  'a condition that is a constant': /must be one condition function/,
  'values of another type than the property': /must be of type (List|Number)/,
  'a table without a key': /Property KeySchema cannot be empty/,
  'a property spelt wrong': /Encountered unsupported property CanarySetting\.StageVariablesOverrides/,
  'CodeDeploy in UpdatePolicy': /UpdatePolicy\] is not supported/,
  snapshots: /Snapshot is not supported/,
}

describe.skipIf(!existsSync(folder))('templates that the SAM transform makes', () => {
  const schemas: Record<string, ResourceSchemas[string]> = {}
  for (const service of readdirSync(services)) {
    const file = join(services, service, 'resource-types.json')
    if (existsSync(file)) Object.assign(schemas, JSON.parse(readFileSync(file, 'utf8')))
  }
  const open = { ref: (id: string) => new Unresolved([id]), getAtt: (id: string) => new Unresolved([id]) }

  /** What is wrong with a template, and how many of its resources were looked at. */
  function look(file: string): { faults: string[]; checked: number } {
    const faults: string[] = []
    let checked = 0
    const attempt = (work: () => void) => {
      try {
        work()
      } catch (error) {
        faults.push((error as Error).message)
      }
    }
    attempt(() => {
      const template = readTemplate(parseTemplate(readFileSync(join(folder, file), 'utf8')))
      checkReferences(template)
      const parameters = Object.fromEntries(
        Object.entries(template.parameters).map(([name, { defaultValue }]) => [name, defaultValue ?? 'x']),
      )
      const stack = { account: '1', region: 'us-east-1', stackId: 'x', stackName: 's', notificationArns: [] }
      const names = templateNames(template, { ...stack, parameters, exported: () => 'v' }, open)
      attempt(() => dependencyGraph(template, names.condition))
      for (const [id, { type, properties }] of Object.entries(template.resources)) {
        const schema = schemas[type]
        if (!schema) continue
        checked += 1
        attempt(() => checkProperties(id, type, { schema }, evaluate(properties, names) as ResolvedMap))
      }
    })
    return { faults, checked }
  }

  test('are read, and their properties are those of the published schemas', () => {
    const surprises: string[] = []
    let checked = 0
    for (const file of readdirSync(folder).filter((name) => !name.startsWith('error_'))) {
      const found = look(file)
      checked += found.checked
      for (const fault of found.faults) {
        if (!Object.values(expected).some((pattern) => pattern.test(fault))) surprises.push(`${file}: ${fault}`)
      }
    }
    expect(surprises).toEqual([])
    expect(checked).toBeGreaterThan(2_000)
  })
})
