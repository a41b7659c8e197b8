import {
  combine,
  evaluate,
  isSeries,
  mapped,
  mapSeries,
  mostSeries,
  type Scope,
  type Series,
  seriesOf,
  type Value,
  wrong,
} from './expression.ts'
import type { Expression } from './expression-parse.ts'

type Run = (args: readonly Expression[], scope: Scope) => Value

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list */
export const functions: Readonly<Record<string, Run>> = {
  ABS: each(Math.abs),
  CEIL: each(Math.ceil),
  FLOOR: each(Math.floor),
  LOG: each((value) => (value > 0 ? Math.log(value) : undefined)),
  LOG10: each((value) => (value > 0 ? Math.log10(value) : undefined)),
  AVG: reduce((values) => sum(values) / values.length),
  SUM: reduce(sum),
  MAX: reduce((values) => values.reduce((a, b) => Math.max(a, b))),
  MIN: reduce((values) => values.reduce((a, b) => Math.min(a, b))),
  STDDEV: reduce((values) => {
    const mean = sum(values) / values.length
    return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / values.length)
  }),
  METRICS: (args, scope) => {
    const containing = args[0] && evaluate(args[0], scope)
    if (containing !== undefined && typeof containing !== 'string') throw wrong('METRICS takes text.')
    return scope.metrics(containing)
  },
  METRIC_COUNT: (args, scope) => list(args, scope, 'METRIC_COUNT').length,
  PERIOD: (args, scope) => single(args, scope, 'PERIOD').periodMs / 1000,
  FIRST: (args, scope) => list(args, scope, 'FIRST')[0] ?? none('FIRST'),
  LAST: (args, scope) => list(args, scope, 'LAST').at(-1) ?? none('LAST'),
  MINUTE: dated((date) => date.getUTCMinutes()),
  HOUR: dated((date) => date.getUTCHours()),
  DAY: dated((date) => date.getUTCDay() || 7),
  DATE: dated((date) => date.getUTCDate()),
  MONTH: dated((date) => date.getUTCMonth() + 1),
  YEAR: dated((date) => date.getUTCFullYear()),
  EPOCH: dated((date) => Math.floor(date.getTime() / 1000)),
  DIFF: ordered((value, before) => value - before.value),
  DIFF_TIME: ordered((_value, before, atMs) => (atMs - before.atMs) / 1000),
  RATE: ordered((value, before, atMs) => (value - before.value) / ((atMs - before.atMs) / 1000)),
  RUNNING_SUM: (args, scope) =>
    onEach(args, scope, 'RUNNING_SUM', (series) => {
      let total = 0
      return mapSeries(inOrder(series), (value) => (total += value))
    }),
  REMOVE_EMPTY: (args, scope) => list(args, scope, 'REMOVE_EMPTY').filter(({ points }) => points.size > 0),
  TIME_SERIES: (args, scope) => {
    const value = argument(args, scope, 0, 'TIME_SERIES')
    const model = scope.metrics(undefined)[0]
    if (typeof value !== 'number' || !model) throw wrong('TIME_SERIES takes a number, beside at least one metric.')
    return { ...model, label: 'TIME_SERIES', points: new Map(model.times.map((atMs) => [atMs, value])) }
  },
  FILL: (args, scope) => {
    const filling = argument(args, scope, 1, 'FILL')
    return onEach(args, scope, 'FILL', (series) => fill(series, args[1], filling))
  },
  IF: (args, scope) => {
    const condition = argument(args, scope, 0, 'IF')
    const yes = argument(args, scope, 1, 'IF')
    const no = args[2] && evaluate(args[2], scope)
    if (typeof condition === 'number') return condition !== 0 ? yes : (no ?? emptied(yes))
    if (!isSeries(condition)) throw wrong('The condition of IF must be one time series or a number.')
    const at = (value: Value | undefined, atMs: number) =>
      value === undefined ? undefined : typeof value === 'number' ? value : pick(value).points.get(atMs)
    return mapSeries(condition, (holds, atMs) => at(holds !== 0 ? yes : no, atMs))
  },
  SORT: (args, scope) => {
    const [by, direction] = [text(args[1]), text(args[2])]
    const figure = by && ({ AVG: mean, SUM: total, MAX: most, MIN: least } as Record<string, typeof mean>)[by]
    if (!figure || (direction !== 'ASC' && direction !== 'DESC'))
      throw wrong('SORT takes time series, AVG, SUM, MIN or MAX, ASC or DESC, and perhaps a number.')
    const sign = direction === 'ASC' ? 1 : -1
    const sorted = list(args, scope, 'SORT').toSorted((a, b) => sign * (figure(a) - figure(b)))
    const limit = args[3] && evaluate(args[3], scope)
    return sorted.slice(0, typeof limit === 'number' ? limit : mostSeries)
  },
  ANOMALY_DETECTION_BAND: (args, scope) => {
    const [about, width] = args
    const deviations = width ? evaluate(width, scope) : 2
    if (about?.kind !== 'name' || typeof deviations !== 'number' || !(deviations > 0))
      throw wrong('ANOMALY_DETECTION_BAND takes the id of a time series and a positive number.')
    const series = single(args, scope, 'ANOMALY_DETECTION_BAND')
    const model = scope.usual(about.name)
    const edge = (name: string, sign: 1 | -1) => {
      const points = series.times.map((atMs): [number, number] | undefined => {
        const usual = model?.at(atMs)
        return usual && [atMs, usual.middle + sign * deviations * usual.deviation]
      })
      return { ...series, label: `${series.label} ${name}`, points: new Map(points.filter((one) => one !== undefined)) }
    }
    return [edge('Low', -1), edge('High', 1)]
  },
  INSIGHT_RULE_METRIC: (args, scope) => {
    const { rule, figure } = ruleMetricOf(args)
    return scope.ruleMetric(rule, figure)
  },
  SLICE: (args, scope) => {
    const bounds = args.slice(1).map((arg) => evaluate(arg, scope))
    if (bounds.some((bound) => typeof bound !== 'number')) throw wrong('SLICE takes time series and numbers.')
    const found = list(args, scope, 'SLICE')
    return bounds.length === 1 ? found.slice(0, Number(bounds[0])) : found.slice(Number(bounds[0]), Number(bounds[1]))
  },
}

export const ruleFunction = 'INSIGHT_RULE_METRIC'

/** `INSIGHT_RULE_METRIC('rule', 'Sum')`; the figure may be a bare word, too. */
export function ruleMetricOf([rule, figure]: readonly Expression[]): { rule: string; figure: string } {
  const name = figure?.kind === 'text' ? figure.value : figure?.kind === 'name' ? figure.name : undefined
  if (rule?.kind !== 'text' || name === undefined)
    throw wrong(`${ruleFunction} takes the name of a rule in quotation marks and that of a metric.`)
  return { rule: rule.value, figure: name }
}

function each(change: (value: number) => number | undefined): Run {
  return (args, scope) => mapped(argument(args, scope, 0, 'It'), change)
}

/** Of one time series its figure; of a list the figure at each time; of several arguments as of a list. */
function reduce(figure: (values: readonly number[]) => number): Run {
  return (args, scope) => {
    const values = args.map((arg) => evaluate(arg, scope))
    const [only] = values
    if (only === undefined) throw wrong('It needs time series.')
    if (values.length === 1 && isSeries(only)) return only.points.size === 0 ? 0 : figure([...only.points.values()])
    if (values.every((value) => typeof value === 'number')) return figure(values)
    const all = values.flatMap((value) => (typeof value === 'number' ? [] : seriesOf(value, 'It')))
    const constants = values.filter((value) => typeof value === 'number')
    const first = all[0]
    if (!first) return []
    const points = new Map<number, number>()
    for (const atMs of new Set(all.flatMap(({ points }) => [...points.keys()]))) {
      const here = all.flatMap(({ points }) => points.get(atMs) ?? [])
      points.set(atMs, figure([...here, ...constants]))
    }
    return { ...first, points: new Map([...points].sort(([a], [b]) => a - b)) }
  }
}

function ordered(change: (value: number, before: { value: number; atMs: number }, atMs: number) => number): Run {
  return (args, scope) =>
    onEach(args, scope, 'It', (series) => {
      let before: { value: number; atMs: number } | undefined
      return mapSeries(inOrder(series), (value, atMs) => {
        const made = before && change(value, before, atMs)
        before = { value, atMs }
        return made
      })
    })
}

function dated(part: (date: Date) => number): Run {
  return (args, scope) =>
    onEach(args, scope, 'It', (series) => ({
      ...series,
      points: new Map(series.times.map((atMs) => [atMs, part(new Date(atMs))])),
    }))
}

function fill(series: Series, how: Expression | undefined, filling: Value): Series {
  const named = how && how.kind === 'name' ? how.name.toUpperCase() : undefined
  const points = new Map<number, number>()
  const known = series.times.filter((atMs) => series.points.has(atMs))
  let before: number | undefined
  for (const atMs of series.times) {
    const value = series.points.get(atMs)
    if (value !== undefined) {
      points.set(atMs, value)
      before = atMs
      continue
    }
    if (named === 'REPEAT') {
      if (before !== undefined) points.set(atMs, series.points.get(before)!)
    } else if (named === 'LINEAR') {
      const after = known.find((at) => at > atMs)
      if (before === undefined || after === undefined) continue
      const [from, to] = [series.points.get(before)!, series.points.get(after)!]
      points.set(atMs, from + ((to - from) * (atMs - before)) / (after - before))
    } else {
      const given = typeof filling === 'number' ? filling : pick(filling).points.get(atMs)
      if (given !== undefined) points.set(atMs, given)
    }
  }
  return { ...series, points }
}

function onEach(args: readonly Expression[], scope: Scope, name: string, change: (series: Series) => Series): Value {
  const value = argument(args, scope, 0, name)
  return typeof value === 'object' && isSeries(value) ? change(value) : seriesOf(value, name).map(change)
}

function argument(args: readonly Expression[], scope: Scope, index: number, name: string): Value {
  const given = args[index]
  if (!given) throw wrong(`${name} needs ${index + 1} arguments or more.`)
  // How FILL fills is a word, not the name of a metric.
  if (given.kind === 'name' && /^(repeat|linear)$/i.test(given.name) && name === 'FILL') return 0
  return evaluate(given, scope)
}

const list = (args: readonly Expression[], scope: Scope, name: string) => seriesOf(argument(args, scope, 0, name), name)
const text = (expression: Expression | undefined) =>
  expression?.kind === 'name' ? expression.name.toUpperCase() : undefined

function single(args: readonly Expression[], scope: Scope, name: string): Series {
  return pick(argument(args, scope, 0, name))
}

function pick(value: Value): Series {
  if (typeof value !== 'object' || !isSeries(value)) throw wrong('One time series is needed, not a list.')
  return value
}

function emptied(value: Value): Value {
  return typeof value === 'object' ? combine(value, 0, () => undefined) : []
}

function none(name: string): never {
  throw wrong(`${name} needs a list that is not empty.`)
}

function inOrder(series: Series): Series {
  return { ...series, points: new Map([...series.points].sort(([a], [b]) => a - b)) }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
const total = ({ points }: Series) => sum([...points.values()])
const mean = (series: Series) => (series.points.size === 0 ? 0 : total(series) / series.points.size)
const most = ({ points }: Series) => [...points.values()].reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
const least = ({ points }: Series) => [...points.values()].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
