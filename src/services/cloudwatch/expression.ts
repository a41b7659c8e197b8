import { awsError } from '../../kernel/errors.ts'
import type { AnomalyModel } from './anomaly-model.ts'
import { functions } from './expression-functions.ts'
import type { Expression } from './expression-parse.ts'

/** Values by the time their period begins. */
export interface Series {
  readonly label: string
  /** Of one of several that a query of Metrics Insights makes: what it is grouped by. */
  readonly labels?: Readonly<Record<string, string>>
  readonly periodMs: number
  readonly points: ReadonlyMap<number, number>
  /** The beginnings of the periods looked at, with or without a value. */
  readonly times: readonly number[]
}

export type Value = number | string | Series | readonly Series[]

export interface Scope {
  /** What a name stands for. Throws when there is nothing of that name. */
  lookup(name: string): Value
  /** All metrics of the request that are no expressions, for METRICS. */
  metrics(containing: string | undefined): readonly Series[]
  /** What is usual for what a name stands for; undefined where too little is known. */
  usual(name: string): AnomalyModel | undefined
  /** A figure of a Contributor Insights rule. */
  ruleMetric(rule: string, figure: string): Series
}

/** How many time series a list or a function may hand on. */
export const mostSeries = 500

/** Works out a metric math expression. Throws ValidationError for what does not go together. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'number':
    case 'text':
      return expression.value
    case 'name':
      return scope.lookup(expression.name)
    case 'list': {
      const items: Series[] = []
      for (const item of expression.items) {
        items.push(...seriesOf(evaluate(item, scope), 'A list'))
        if (items.length > mostSeries) throw wrong(`A list can have at most ${mostSeries} time series.`)
      }
      return items
    }
    case 'negate':
      return mapped(evaluate(expression.of, scope), (value) => -value)
    case 'binary': {
      const apply = Object.hasOwn(operators, expression.operator) ? operators[expression.operator] : undefined
      if (!apply) throw wrong(`The operator ${expression.operator} is not known.`)
      return combine(evaluate(expression.left, scope), evaluate(expression.right, scope), apply)
    }
    case 'call': {
      const run = Object.hasOwn(functions, expression.name) ? functions[expression.name] : undefined
      if (!run) throw wrong(`The function ${expression.name} is not supported.`)
      return run(expression.args, scope)
    }
  }
}

type Apply = (left: number, right: number) => number | undefined
const truth = (holds: boolean) => (holds ? 1 : 0)

const operators: Readonly<Record<string, Apply>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? undefined : a / b),
  '^': (a, b) => a ** b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
  AND: (a, b) => truth(a !== 0 && b !== 0),
  '&&': (a, b) => truth(a !== 0 && b !== 0),
  OR: (a, b) => truth(a !== 0 || b !== 0),
  '||': (a, b) => truth(a !== 0 || b !== 0),
}

/** Value by value; where one side has no value at a time, there is none. */
export function combine(left: Value, right: Value, apply: Apply): Value {
  if (typeof left === 'string' || typeof right === 'string') throw wrong('Text can not be calculated with.')
  if (typeof left === 'number') {
    if (typeof right === 'number') return apply(left, right) ?? 0
    return mapped(right, (value) => apply(left, value))
  }
  if (typeof right === 'number') return mapped(left, (value) => apply(value, right))
  if (isSeries(left) && isSeries(right)) return joined(left, right, apply)
  if (isSeries(left)) return seriesOf(right, 'It').map((one) => joined(left, one, apply))
  if (isSeries(right)) return left.map((one) => joined(one, right, apply))
  throw wrong('Two lists of time series can not be combined.')
}

function joined(left: Series, right: Series, apply: Apply): Series {
  const points = new Map<number, number>()
  for (const [atMs, value] of left.points) {
    const other = right.points.get(atMs)
    const made = other === undefined ? undefined : apply(value, other)
    if (made !== undefined && Number.isFinite(made)) points.set(atMs, made)
  }
  return { ...left, points }
}

/** The same shape, with each value replaced; times whose value is undefined are left out. */
export function mapped(value: Value, change: (value: number, atMs: number) => number | undefined): Value {
  if (typeof value === 'string') throw wrong('Text can not be calculated with.')
  if (typeof value === 'number') return change(value, 0) ?? 0
  return isSeries(value) ? mapSeries(value, change) : value.map((one) => mapSeries(one, change))
}

export function mapSeries(series: Series, change: (value: number, atMs: number) => number | undefined): Series {
  const points = new Map<number, number>()
  for (const [atMs, value] of series.points) {
    const made = change(value, atMs)
    if (made !== undefined && Number.isFinite(made)) points.set(atMs, made)
  }
  return { ...series, points }
}

export function isSeries(value: Value): value is Series {
  return typeof value === 'object' && 'points' in value
}

export function seriesOf(value: Value, what: string): readonly Series[] {
  if (typeof value !== 'object') throw wrong(`${what} needs time series.`)
  return isSeries(value) ? [value] : value
}

export function wrong(problem: string): Error {
  return awsError('ValidationError', `Error in a metric math expression: ${problem}`)
}
