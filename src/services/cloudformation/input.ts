import { invalid } from '../../stacks/value.ts'

/** Throws ValidationError unless it can be the name of a stack, a change set or a stack set. */
export function checkName(value: string, member: 'stackName' | 'changeSetName' | 'aliasName' | 'stackSetName'): void {
  const fault =
    value.length > 128
      ? 'Member must have length less than or equal to 128'
      : /^[a-zA-Z][-a-zA-Z0-9]*$/.test(value)
        ? undefined
        : 'Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*'
  if (fault)
    throw invalid(`1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${fault}`)
}

/** Tags as a map. At most 50, keys once each, none of AWS's own. */
export function readTags(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  const out = new Map<string, string>()
  for (const { Key, Value } of tags ?? []) {
    if (Key === undefined || Key === '' || Value === undefined) throw invalid('Each tag must have a Key and a Value.')
    if (Key.toLowerCase().startsWith('aws:')) throw invalid(`Tag keys must not begin with aws:, found ${Key}`)
    if (out.has(Key)) throw invalid(`Duplicate tag keys found: ${Key}. Please use unique keys.`)
    out.set(Key, Value)
  }
  if (out.size > 50) throw invalid('A stack can have at most 50 tags.')
  return Object.fromEntries(out)
}

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

/** What several operations take and we do not have: refused by name, unless it asks for nothing. */
interface Unsupported {
  readonly NotificationARNs?: readonly string[]
  readonly RollbackConfiguration?: {
    readonly RollbackTriggers?: readonly unknown[]
    readonly MonitoringTimeInMinutes?: number
  }
  readonly DisableValidation?: boolean
  readonly DeploymentMode?: string
}

export function refuseUnsupported(input: Unsupported): void {
  const asked: [keyof Unsupported, boolean, string][] = [
    ['NotificationARNs', (input.NotificationARNs ?? []).length > 0, 'stacks cannot notify topics'],
    [
      'RollbackConfiguration',
      (input.RollbackConfiguration?.RollbackTriggers ?? []).length > 0 ||
        (input.RollbackConfiguration?.MonitoringTimeInMinutes ?? 0) > 0,
      'alarms do not roll stacks back',
    ],
    ['DisableValidation', input.DisableValidation === true, 'templates are always validated'],
    ['DeploymentMode', input.DeploymentMode !== undefined, 'drift is not detected'],
  ]
  for (const [name, given, why] of asked) {
    if (given) throw invalid(`${name} is not supported by Landfall yet: ${why}. Leave it out.`)
  }
}
