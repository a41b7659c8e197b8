import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isAwsError } from '../../kernel/errors.ts'
import { parseTemplate } from '../parse.ts'
import type { Value } from '../value.ts'
import { transformServerless } from './transform.ts'

const folder = join(import.meta.dirname, '../../../../shared/conformance/sam')

/** Ids and descriptions with a digest of what they are for: which digest is the transform's own affair. */
const digests = /\b([A-Za-z][A-Za-z0-9]*?)[0-9a-f]{10}(?=["}.])/g

/** With the order of members, of lists that are sets, and digests as they always are. */
function normal(value: Value): Value {
  return JSON.parse(
    JSON.stringify(sorted(value))
      .replaceAll(/RestApi deployment id: [0-9a-f]+/g, 'RestApi deployment id')
      .replaceAll(digests, '$1'),
  ) as Value
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item as Value)]),
  )
}

/** What differs, in what is not made the same or is said elsewhere. */
const known: Readonly<Record<string, readonly string[]>> = {
  'settings that stand beside the definition instead of in it': [
    'api_with_binary_media_types',
    'api_with_binary_media_types_definition_body',
    'api_with_disable_api_execute_endpoint',
    'api_with_disable_api_execute_endpoint_openapi_3',
  ],
  'path parameters are not described, and the default route has one name': [
    'api_http_with_default_iam_authorizer',
    'explicit_http_api',
    'explicit_http_api_default_path',
    'implicit_http_api',
    'http_api_with_default_stage_name_and_fail_on_warnings',
  ],
  'what CloudFormation resolves, it resolves': ['function_with_event_dest_s3_bucket', 'layers_with_intrinsics'],
  'descriptions that tell a digest': ['function_with_alias_and_code_sha256'],
  'policies of what is made beside': [
    'implicit_api_deletion_policy_precedence',
    'layer_deletion_policy_precedence',
    'valid_update_replace_policy_and_deletion_policy',
    'version_deletion_policy_precedence',
  ],
  'permissions that another one covers are there, and numbers like 1.0 are text': [
    'api_with_resource_policy_global',
    'http_api_lambda_auth',
    'http_api_multiple_authorizers',
    'implicit_http_api_auth_and_simple_case',
  ],
  'a notification that is there already is there twice': ['s3_existing_lambda_notification_configuration'],
}

describe.skipIf(!existsSync(folder))('templates of the transform’s own tests', () => {
  const names = readdirSync(join(folder, 'input'))
    .map((file) => file.replace(/\.ya?ml$/, ''))
    .filter((name) => !name.startsWith('error_') && existsSync(join(folder, 'output', `${name}.json`)))

  const outcome = (name: string): 'same' | 'other' | 'refused' => {
    const text = readFileSync(join(folder, 'input', `${name}.yaml`), 'utf8')
    const expected = JSON.parse(readFileSync(join(folder, 'output', `${name}.json`), 'utf8')) as Value
    try {
      const made = transformServerless(parseTemplate(text))
      return JSON.stringify(normal(made)) === JSON.stringify(normal(expected)) ? 'same' : 'other'
    } catch (error) {
      if (!isAwsError(error)) throw error
      return 'refused'
    }
  }

  test('become the same, or are refused, but for what is known', () => {
    const found = Map.groupBy(names, outcome)
    expect(found.get('same')?.length).toBeGreaterThan(80)
    expect((found.get('other') ?? []).sort()).toEqual(Object.values(known).flat().sort())
  })
})
