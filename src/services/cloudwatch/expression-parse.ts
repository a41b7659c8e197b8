import { awsError } from '../../kernel/errors.ts'

/** A metric math expression, read. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'negate'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }

const mostCharacters = 2_048
const mostDepth = 50
const token =
  /\s*(?:(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|'([^']*)'|"([^"]*)"|(>=|<=|==|!=|&&|\|\||[-+*/^<>()[\],]))/iy

/** Loosest first. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
const levels: readonly (readonly string[])[] = [
  ['OR', '||'],
  ['AND', '&&'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
]

/** Reads an expression. Throws ValidationError saying where it is wrong. */
export function parseExpression(text: string): Expression {
  if (text.length > mostCharacters) throw wrong(text, `it is longer than ${mostCharacters} characters`)
  const tokens = scan(text)
  let at = 0
  const peek = () => tokens[at]
  const eat = (symbol: string) => peek()?.symbol === symbol && ++at > 0
  const expect = (symbol: string) => {
    if (!eat(symbol)) throw wrong(text, `${symbol} is missing`)
  }

  function binary(level: number, depth: number): Expression {
    if (depth > mostDepth) throw wrong(text, 'it is nested too deeply')
    const operators = levels[level]
    if (!operators) return power(depth)
    let left = binary(level + 1, depth)
    for (;;) {
      const operator = peek()?.symbol ?? peek()?.name?.toUpperCase()
      if (operator === undefined || !operators.includes(operator)) return left
      at++
      left = { kind: 'binary', operator, left, right: binary(level + 1, depth) }
    }
  }

  function power(depth: number): Expression {
    if (depth > mostDepth) throw wrong(text, 'it is nested too deeply')
    if (eat('-')) return { kind: 'negate', of: power(depth + 1) }
    const base = one(depth + 1)
    return eat('^') ? { kind: 'binary', operator: '^', left: base, right: power(depth + 1) } : base
  }

  function one(depth: number): Expression {
    const found = peek()
    if (!found) throw wrong(text, 'it ends unexpectedly')
    at++
    if (found.number !== undefined) return { kind: 'number', value: found.number }
    if (found.text !== undefined) return { kind: 'text', value: found.text }
    if (found.name !== undefined)
      return eat('(')
        ? { kind: 'call', name: found.name.toUpperCase(), args: items(')', depth) }
        : { kind: 'name', name: found.name }
    if (found.symbol === '[') return { kind: 'list', items: items(']', depth) }
    if (found.symbol !== '(') throw wrong(text, `${found.symbol} is not expected`)
    const inner = binary(0, depth)
    expect(')')
    return inner
  }

  function items(end: string, depth: number): Expression[] {
    const found: Expression[] = []
    if (eat(end)) return found
    do found.push(binary(0, depth))
    while (eat(','))
    expect(end)
    return found
  }

  const whole = binary(0, 0)
  if (at < tokens.length) throw wrong(text, 'it goes on after its end')
  return whole
}

/** The ids that an expression names. */
export function namesIn(expression: Expression): string[] {
  if (expression.kind === 'name') return [expression.name]
  if (expression.kind === 'list') return expression.items.flatMap(namesIn)
  if (expression.kind === 'call') return expression.args.flatMap(namesIn)
  if (expression.kind === 'negate') return namesIn(expression.of)
  return expression.kind === 'binary' ? [...namesIn(expression.left), ...namesIn(expression.right)] : []
}

/** The calls of a function, by its name in capitals, wherever they are in an expression. */
export function callsOf(expression: Expression, name: string): Extract<Expression, { kind: 'call' }>[] {
  const within = (parts: readonly Expression[]) => parts.flatMap((part) => callsOf(part, name))
  if (expression.kind === 'list') return within(expression.items)
  if (expression.kind === 'negate') return callsOf(expression.of, name)
  if (expression.kind === 'binary') return within([expression.left, expression.right])
  if (expression.kind !== 'call') return []
  return expression.name === name ? [expression, ...within(expression.args)] : within(expression.args)
}

interface Token {
  readonly number?: number
  readonly name?: string
  readonly text?: string
  readonly symbol?: string
}

function scan(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  token.lastIndex = 0
  for (let at = 0; at < end; at = token.lastIndex) {
    token.lastIndex = at
    const match = token.exec(text)
    if (!match) throw wrong(text, `"${text.slice(at, at + 20)}" can't be read`)
    const [, number, name, single, double, symbol] = match
    if (number !== undefined) tokens.push({ number: Number(number) })
    else if (name !== undefined) tokens.push({ name })
    else if (symbol !== undefined) tokens.push({ symbol })
    else tokens.push({ text: single ?? double ?? '' })
  }
  return tokens
}

function wrong(text: string, problem: string): Error {
  return awsError('ValidationError', `Error in expression '${text.slice(0, 100)}': ${problem}.`)
}
