import { isAwsError } from '../kernel/errors.ts'
import type { Run } from './run.ts'
import { invalid, type Resolved, Unresolved, type Value, type ValueMap } from './value.ts'

/** Of what the references of one resource stand for: as long as its properties may be. */
const longestTogether = 350_000
const pattern = /\{\{resolve:([^{}]*)\}\}/g

/** The properties that CloudFormation puts secure parameters into, of the types that are here. */
const secureProperties: ReadonlySet<string> = new Set(['AWS::IAM::User.LoginProfile.Password'])

/**
 * Checks the dynamic references in a resource's properties: their form, and that secure ones stand where they may.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export function checkDynamicReferences(logicalId: string, type: string, value: Resolved, path = ''): void {
  if (typeof value === 'string') {
    for (const [text, inside = ''] of value.matchAll(pattern)) {
      const reference = parseReference(inside)
      if (!reference) throw invalid(`Resource ${logicalId}: Invalid dynamic reference ${text}`)
      if (reference.kind === 'ssm-secure' && !secureProperties.has(`${type}.${path}`)) {
        throw invalid(`SSM Secure reference is not supported in: [${type}/Properties/${path.replaceAll('.', '/')}]`)
      }
    }
  } else if (Array.isArray(value)) for (const item of value) checkDynamicReferences(logicalId, type, item, path)
  else if (typeof value === 'object' && !(value instanceof Unresolved)) {
    for (const [name, item] of Object.entries(value)) {
      checkDynamicReferences(logicalId, type, item as Resolved, path === '' ? name : `${path}.${name}`)
    }
  }
}

/**
 * The properties with what their dynamic references stand for: read as the stack's role or caller when the resource
 * is made or changed, and kept nowhere.
 */
export async function resolveDynamicReferences(properties: ValueMap, run: Run): Promise<ValueMap> {
  const known = new Map<string, Promise<string>>()
  let left = longestTogether
  const resolveText = async (value: string): Promise<string> => {
    let [text, at] = ['', 0]
    for (const { 0: whole, 1: inside = '', index } of value.matchAll(pattern)) {
      const found = known.get(whole) ?? look(inside, run)
      known.set(whole, found)
      const answer = await found
      left -= answer.length
      if (left < 0) throw invalid(`Dynamic references may not stand for more than ${longestTogether} characters.`)
      text += value.slice(at, index) + answer
      at = index + whole.length
    }
    return text + value.slice(at)
  }
  const resolve = async (value: Value): Promise<Value> => {
    if (typeof value === 'string') return resolveText(value)
    if (Array.isArray(value)) return Promise.all(value.map(resolve))
    return typeof value === 'object' ? resolveMembers(value as ValueMap) : value
  }
  const resolveMembers = async (map: ValueMap): Promise<ValueMap> =>
    Object.fromEntries(
      await Promise.all(Object.entries(map).map(async ([key, item]) => [key, await resolve(item)] as const)),
    )
  const resolved = await resolveMembers(properties)
  return known.size === 0 ? properties : resolved
}

/** The same for a deletion, which must not fail because a secret is gone before its user. */
export async function resolveWhatRemains(properties: ValueMap, run: Run): Promise<ValueMap> {
  try {
    return await resolveDynamicReferences(properties, run)
  } catch (error) {
    if (!isAwsError(error)) throw error
    return properties
  }
}

type Reference =
  | { readonly kind: 'ssm' | 'ssm-secure'; readonly name: string }
  | {
      readonly kind: 'secretsmanager'
      readonly secretId: string
      readonly key: string
      readonly stage: string
      readonly version: string
    }

function parseReference(inside: string): Reference | undefined {
  const [kind, ...parts] = inside.split(':')
  if (kind === 'ssm' || kind === 'ssm-secure') {
    const [name = '', version] = parts
    const isGood = /^[a-zA-Z0-9_.\-/]+$/.test(name) && (version === undefined || /^\d+$/.test(version))
    return isGood && parts.length <= 2 ? { kind, name: parts.join(':') } : undefined
  }
  if (kind !== 'secretsmanager') return undefined
  const idParts = parts[0] === 'arn' ? 7 : 1
  const secretId = parts.slice(0, idParts).join(':')
  const [field = 'SecretString', key = '', stage = '', version = '', ...more] = parts.slice(idParts)
  if (secretId === '' || (field !== '' && field !== 'SecretString') || more.length > 0) return undefined
  return { kind, secretId, key, stage, version }
}

async function look(inside: string, run: Run): Promise<string> {
  const reference = parseReference(inside)
  if (!reference) throw invalid(`Invalid dynamic reference {{resolve:${inside}}}`)
  if (reference.kind !== 'secretsmanager') {
    const { Parameter } = (await run.invoke(
      'ssm:GetParameter',
      { Name: reference.name, WithDecryption: reference.kind === 'ssm-secure' },
      {},
    )) as { Parameter: { Type: string; Value: string } }
    if (reference.kind === 'ssm' && Parameter.Type === 'SecureString') {
      throw invalid(`Non-secure ssm prefix was used for secure parameter: ${reference.name}`)
    }
    return Parameter.Value
  }
  const { secretId, key, stage, version } = reference
  const { SecretString } = (await run.invoke(
    'secretsmanager:GetSecretValue',
    {
      SecretId: secretId,
      ...(stage === '' ? {} : { VersionStage: stage }),
      ...(version === '' ? {} : { VersionId: version }),
    },
    {},
  )) as { SecretString?: string }
  if (SecretString === undefined) throw invalid(`The secret ${secretId} has no SecretString`)
  return key === '' ? SecretString : memberOf(SecretString, key, secretId)
}

function memberOf(text: string, key: string, secretId: string): string {
  const none = () =>
    invalid(`Could not find a value associated with JSON key ${key} in the SecretString of ${secretId}`)
  let members: unknown
  try {
    members = JSON.parse(text)
  } catch {
    throw none()
  }
  const value = typeof members === 'object' && members !== null ? (members as Record<string, unknown>)[key] : undefined
  if (value === undefined || value === null || !Object.hasOwn(members as object, key)) throw none()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
