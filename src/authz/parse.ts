import { type AwsError, awsError } from '../kernel/errors.ts'
import type { PolicyDocument, PrincipalDocument, PrincipalKind, StatementDocument } from './document.ts'

/**
 * The policy grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
 * Shape only; what a kind of policy may say beyond that is in `validate.ts`.
 */

/** The longest policy any service takes (a key policy has 32 KB), in characters. */
const maxCharacters = 65_536

/** The policy in `text`. Throws MalformedPolicyDocument, worded as IAM does. */
export function parsePolicy(text: string): PolicyDocument {
  if (text.length > maxCharacters) throw malformed(`The policy is longer than ${maxCharacters} characters.`)
  const json = readJson(text)
  if (!isRecord(json)) throw syntax()
  refuseUnknown(json, ['Version', 'Id', 'Statement'])
  const version = json.Version
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') throw syntax()
  if (json.Id !== undefined && typeof json.Id !== 'string') throw syntax()
  if (json.Statement === undefined) throw syntax()
  const statements = Array.isArray(json.Statement) ? json.Statement : [json.Statement]
  if (statements.length === 0) throw syntax()
  const parsed = statements.map(parseStatement)
  const sids = parsed.flatMap((statement) => (statement.Sid ? [statement.Sid] : []))
  if (new Set(sids).size !== sids.length) throw malformed('Statement IDs (SID) in a single policy must be unique.')
  return {
    ...(version !== undefined && { Version: version }),
    ...(json.Id !== undefined && { Id: json.Id }),
    Statement: parsed,
  }
}

export function malformed(message: string): AwsError {
  return awsError('MalformedPolicyDocument', message, { status: 400 })
}

function syntax(): AwsError {
  return malformed('Syntax errors in policy.')
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw syntax()
  }
}

const statementMembers = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
] as const

function parseStatement(json: unknown): StatementDocument {
  if (!isRecord(json)) throw syntax()
  refuseUnknown(json, statementMembers)
  if (json.Effect === undefined) throw malformed('Missing required field Effect')
  if (json.Effect !== 'Allow' && json.Effect !== 'Deny') throw malformed(`Invalid effect: ${shown(json.Effect)}`)
  if (json.Sid !== undefined && typeof json.Sid !== 'string') throw syntax()
  for (const [one, other] of [
    ['Action', 'NotAction'],
    ['Resource', 'NotResource'],
    ['Principal', 'NotPrincipal'],
  ] as const) {
    if (json[one] !== undefined && json[other] !== undefined)
      throw malformed(`Statement/policy already has instance of ${one}`)
  }
  if (json.Action === undefined && json.NotAction === undefined)
    throw malformed('Policy statement must contain actions.')
  return {
    Effect: json.Effect,
    ...(json.Sid !== undefined && { Sid: json.Sid }),
    ...part(json, 'Principal', parsePrincipal),
    ...part(json, 'NotPrincipal', parsePrincipal),
    ...part(json, 'Action', parseActions),
    ...part(json, 'NotAction', parseActions),
    ...part(json, 'Resource', parseResources),
    ...part(json, 'NotResource', parseResources),
    ...part(json, 'Condition', parseConditions),
  }
}

function part<K extends string, T>(json: Record<string, unknown>, name: K, parse: (value: unknown) => T) {
  return (json[name] === undefined ? {} : { [name]: parse(json[name]) }) as { [P in K]?: T }
}

function parseActions(value: unknown): readonly string[] {
  const actions = strings(value)
  if (actions.length === 0) throw malformed('Policy statement must contain actions.')
  for (const action of actions) {
    if (action === '*') continue
    const colon = action.indexOf(':')
    if (colon < 0) throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
    const vendor = action.slice(0, colon)
    if (!/^[A-Za-z0-9-]+$/.test(vendor)) throw malformed(`Vendor ${vendor} is not valid`)
    if (!/^[A-Za-z0-9*?]+$/.test(action.slice(colon + 1))) throw syntax()
  }
  return actions
}

function parseResources(value: unknown): readonly string[] {
  const resources = strings(value)
  if (resources.length === 0) throw malformed('Policy statement must contain resources.')
  for (const resource of resources) {
    // A wildcard before the first colon may stand for "arn".
    if (resource === '*' || resource.startsWith('arn:')) continue
    if (/^[*?]/.test(resource) && resource.split(':').length >= 2) continue
    throw malformed(`Resource ${resource.slice(0, 200)} must be in ARN format or "*".`)
  }
  return resources
}

const principalKinds: readonly string[] = ['AWS', 'Service', 'Federated', 'CanonicalUser'] satisfies PrincipalKind[]

function parsePrincipal(value: unknown): PrincipalDocument {
  if (value === '*') return '*'
  if (!isRecord(value) || Object.keys(value).length === 0) throw malformed('Invalid principal in policy.')
  refuseUnknown(value, principalKinds)
  return Object.fromEntries(Object.entries(value).map(([kind, names]) => [kind, strings(names)]))
}

function parseConditions(value: unknown): NonNullable<StatementDocument['Condition']> {
  if (!isRecord(value)) throw syntax()
  // Built from entries, so that no name (`__proto__`) can make a condition vanish.
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => {
      if (!isRecord(keys)) throw syntax()
      return [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [conditionKey(key), conditionValues(values)])),
      ]
    }),
  )
}

function conditionKey(key: string): string {
  if (!key.includes(':')) throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
  return key
}

function conditionValues(values: unknown): readonly string[] {
  return (Array.isArray(values) ? values : [values]).map(scalar)
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw syntax()
}

function strings(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value]
  for (const item of list) if (typeof item !== 'string') throw syntax()
  return list as string[]
}

function refuseUnknown(json: Record<string, unknown>, known: readonly string[]): void {
  for (const name of Object.keys(json))
    if (!known.includes(name)) throw malformed(`Unknown field ${name.slice(0, 100)}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 100) : typeof value
}
