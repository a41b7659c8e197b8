import { createHash } from 'node:crypto'
import { base32 } from '../../kernel/ids.ts'
import { data } from './aws-managed/data.ts'
import { functions } from './aws-managed/functions.ts'
import { messaging } from './aws-managed/messaging.ts'
import { observation } from './aws-managed/observation.ts'
import { people } from './aws-managed/people.ts'
import type { ManagedPolicy } from './state.ts'

/** Policies that every account has, `arn:aws:iam::aws:policy/…`; they can be attached and not changed. */

const prefix = 'arn:aws:iam::aws:policy/'
/** They are part of the release rather than made at some time: the day IAM's current policy version is named after. */
const sinceMs = Date.UTC(2012, 9, 17)

let policies: Map<string, ManagedPolicy> | undefined

export function isAwsManaged(arn: string): boolean {
  return arn.startsWith(prefix)
}

export function awsManagedPolicy(arn: string): ManagedPolicy | undefined {
  policies ??= load()
  return policies.get(arn)
}

/** All of them with their ARNs, in order of these. */
export function awsManagedPolicies(): readonly [arn: string, policy: ManagedPolicy][] {
  policies ??= load()
  return [...policies]
}

function load(): Map<string, ManagedPolicy> {
  const loaded: [string, ManagedPolicy][] = Object.entries({
    ...people,
    ...functions,
    ...data,
    ...messaging,
    ...observation,
  }).map(([pathAndName, Statement]) => {
    const slash = pathAndName.lastIndexOf('/')
    const arn = prefix + pathAndName
    const document = JSON.stringify({ Version: '2012-10-17', Statement })
    return [
      arn,
      {
        name: pathAndName.slice(slash + 1),
        path: `/${pathAndName.slice(0, slash + 1)}`,
        id: idOf(arn),
        createdAtMs: sinceMs,
        updatedAtMs: sinceMs,
        tags: {},
        versions: [{ id: 'v1', document, createdAtMs: sinceMs }],
        defaultVersionId: 'v1',
        nextVersion: 2,
      },
    ]
  })
  return new Map(loaded.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function idOf(arn: string): string {
  const bytes = createHash('sha256').update(arn).digest()
  return `ANPA${Array.from(bytes.subarray(0, 17), (byte) => base32[byte & 31]).join('')}`
}
