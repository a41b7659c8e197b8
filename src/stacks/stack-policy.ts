import { invalid, isList, isMap, own, type Value, type ValueMap } from './value.ts'

/** What an update would do to a resource. */
export type UpdateAction = 'Update:Modify' | 'Update:Replace' | 'Update:Delete'

interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly notActions: boolean
  readonly resources: readonly string[]
  readonly notResources: boolean
  /** Patterns of resource types, one of which has to match; absent: any type. */
  readonly types?: readonly string[]
}

/** Which resources of a stack its updates may touch. */
export type StackPolicy = readonly Statement[]

const longestBytes = 16_384
const actions = ['Update:Modify', 'Update:Replace', 'Update:Delete', 'Update:*']

/**
 * Reads a stack policy. Throws ValidationError for what it can't mean.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
 */
export function readStackPolicy(text: string): StackPolicy {
  if (Buffer.byteLength(text) > longestBytes) throw wrong(`it may not exceed ${longestBytes} bytes`)
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    throw wrong('it is not JSON')
  }
  const statements = isMap(root) ? own(root, 'Statement') : undefined
  if (statements === undefined) throw wrong('it has no Statement')
  return (isList(statements) ? statements : [statements]).map(readStatement)
}

function readStatement(value: Value): Statement {
  if (!isMap(value)) throw wrong('a Statement is not an object')
  const known = ['Sid', 'Effect', 'Action', 'NotAction', 'Principal', 'Resource', 'NotResource', 'Condition']
  const odd = Object.keys(value).find((key) => !known.includes(key))
  if (odd) throw wrong(`it has the unknown member ${odd}`)
  const effect = own(value, 'Effect')
  if (effect !== 'Allow' && effect !== 'Deny') throw wrong('Effect must be Allow or Deny')
  if (own(value, 'Principal') !== '*') throw wrong('Principal must be "*"')
  const action = one(value, 'Action', 'NotAction')
  const unknown = action.items.find((item) => item !== '*' && !actions.includes(item))
  if (unknown !== undefined) throw wrong(`the action ${unknown} is none of ${actions.join(', ')}`)
  const resource = one(value, 'Resource', 'NotResource')
  const stranger = resource.items.find((item) => item !== '*' && !item.startsWith('LogicalResourceId/'))
  if (stranger !== undefined) throw wrong(`the resource ${stranger} is neither * nor LogicalResourceId/…`)
  const types = readCondition(own(value, 'Condition'))
  return {
    effect,
    actions: action.items,
    notActions: action.not,
    resources: resource.items,
    notResources: resource.not,
    ...(types === undefined ? {} : { types }),
  }
}

function one(value: ValueMap, plain: string, negated: string): { items: string[]; not: boolean } {
  const [is, isNot] = [own(value, plain), own(value, negated)]
  if ((is === undefined) === (isNot === undefined)) throw wrong(`it must have either ${plain} or ${negated}`)
  return { items: texts(is ?? isNot ?? [], plain), not: is === undefined }
}

function readCondition(value: Value | undefined): string[] | undefined {
  if (value === undefined) return undefined
  const [operator, ...others] = isMap(value) ? Object.entries(value) : []
  const keys = operator && isMap(operator[1]) ? operator[1] : undefined
  const isKnown = operator !== undefined && /^String(Equals|Like)$/.test(operator[0]) && others.length === 0
  if (!isKnown || keys === undefined || Object.keys(keys).join() !== 'ResourceType') {
    throw wrong('a Condition must be StringEquals or StringLike of ResourceType')
  }
  return texts(own(keys, 'ResourceType') ?? [], 'ResourceType')
}

function texts(value: Value, what: string): string[] {
  const items = isList(value) ? value : [value]
  if (!items.every((item) => typeof item === 'string')) throw wrong(`${what} must be a text or a list of texts`)
  return items as string[]
}

/** Why the policy does not let an update do that; undefined when it does. What is not allowed is denied. */
export function deniedBy(
  policy: StackPolicy,
  action: UpdateAction,
  logicalId: string,
  type: string,
): string | undefined {
  const applies = (statement: Statement) =>
    statement.actions.some((pattern) => matches(pattern, action)) !== statement.notActions &&
    statement.resources.some((pattern) => matches(pattern, `LogicalResourceId/${logicalId}`)) !==
      statement.notResources &&
    (statement.types === undefined || statement.types.some((pattern) => matches(pattern, type)))
  const denying = policy.findIndex((statement) => statement.effect === 'Deny' && applies(statement))
  const target = `[${action}] for resource [LogicalResourceId/${logicalId}]`
  if (denying >= 0) return `Action denied by stack policy: Statement [#${denying + 1}] does not allow ${target}`
  if (policy.some((statement) => statement.effect === 'Allow' && applies(statement))) return undefined
  return `Action not allowed by stack policy: no statement allows ${target}`
}

/** Only `*` is special, and the pattern is the user's: matched part by part, in time linear in the text. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (parts.length === 1) return pattern === text
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > text.length - last.length) return false
    at = found + part.length
  }
  return true
}

function wrong(what: string): Error {
  return invalid(`Error validating stack policy: Invalid stack policy: ${what}.`)
}
