import { parseArn } from '../../kernel/arn.ts'
import { awsError } from '../../kernel/errors.ts'
import type { StateValue } from './alarm-state.ts'

/** The rule of a composite alarm. */
export type Rule =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'state'; readonly state: StateValue; readonly alarm: string }
  | { readonly kind: 'not'; readonly of: Rule }
  | { readonly kind: 'and' | 'or'; readonly left: Rule; readonly right: Rule }

const mostCharacters = 10_240
const mostElements = 500
const mostChildren = 100
const mostDepth = 50

/**
 * `(ALARM("cpu") OR ALARM(disk)) AND NOT OK("arn:…")`. Throws ValidationError saying where it is wrong.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export function parseRule(text: string): Rule {
  if (text.length > mostCharacters) throw wrong(`it is longer than ${mostCharacters} characters`)
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/g) ?? []
  let at = 0
  let elements = 0
  const eat = (word: string) => tokens[at]?.toUpperCase() === word && ++at > 0

  function either(depth: number): Rule {
    let left = both(depth)
    while (eat('OR')) left = { kind: 'or', left, right: both(depth) }
    return left
  }
  function both(depth: number): Rule {
    let left = one(depth)
    while (eat('AND')) left = { kind: 'and', left, right: one(depth) }
    return left
  }
  function one(depth: number): Rule {
    if (depth > mostDepth) throw wrong('it is nested too deeply')
    if (++elements > mostElements) throw wrong(`it has more than ${mostElements} elements`)
    if (eat('NOT')) return { kind: 'not', of: one(depth + 1) }
    if (eat('TRUE')) return { kind: 'constant', value: true }
    if (eat('FALSE')) return { kind: 'constant', value: false }
    if (eat('(')) {
      const inner = either(depth + 1)
      if (!eat(')')) throw wrong('a ) is missing')
      return inner
    }
    const state = tokens[at++]?.toUpperCase()
    if (state !== 'ALARM' && state !== 'OK' && state !== 'INSUFFICIENT_DATA')
      throw wrong(`${state ?? 'its end'} is not expected`)
    // Names that are not quoted may hold spaces.
    if (!eat('(')) throw wrong(`a ( is missing after ${state}`)
    const words: string[] = []
    while (at < tokens.length && tokens[at] !== ')') words.push(tokens[at++]!)
    if (!eat(')') || words.length === 0) throw wrong(`${state} needs the name of an alarm between ( and )`)
    const name = words.join(' ')
    return {
      kind: 'state',
      state,
      alarm: nameOf(name.startsWith('"') ? name.slice(1, -1).replaceAll(/\\(.)/g, '$1') : name),
    }
  }

  const rule = either(0)
  if (at < tokens.length) throw wrong(`${tokens[at]} is not expected`)
  if (childrenOf(rule).length > mostChildren) throw wrong(`it names more than ${mostChildren} alarms`)
  return rule
}

/** The names of the alarms that a rule is about, each once. */
export function childrenOf(rule: Rule): string[] {
  if (rule.kind === 'constant') return []
  if (rule.kind === 'state') return [rule.alarm]
  if (rule.kind === 'not') return childrenOf(rule.of)
  return [...new Set([...childrenOf(rule.left), ...childrenOf(rule.right)])]
}

export function holds(rule: Rule, stateOf: (alarm: string) => StateValue): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.value
    case 'state':
      return stateOf(rule.alarm) === rule.state
    case 'not':
      return !holds(rule.of, stateOf)
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf)
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf)
  }
}

/** The alarm's name in an ARN, or the name itself. */
function nameOf(text: string): string {
  const resource = parseArn(text)?.resource
  return resource?.startsWith('alarm:') ? resource.slice('alarm:'.length) : text
}

function wrong(problem: string): Error {
  return awsError('ValidationError', `The AlarmRule can't be read: ${problem}.`)
}
