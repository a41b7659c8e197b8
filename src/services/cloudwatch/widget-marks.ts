import type { Axis, HorizontalMark, VerticalMark } from '../../telemetry/chart/spec.ts'
import { choiceAt, colorAt, flagAt, type Json, listAt, numberAt, objectAt, textAt, wrong } from './widget-json.ts'
import { momentOf } from './widget-times.ts'

const mostMarks = 100
const horizontalColor = '#d13212'
const verticalColor = '#545b64'
const horizontalNames = ['color', 'fill', 'label', 'value', 'visible', 'yAxis']
const verticalNames = ['color', 'fill', 'label', 'value', 'visible']

/** The annotations of a widget: lines, or two of them in a list with what is between. */
export function readMarks(given: unknown, nowMs: number): { horizontals: HorizontalMark[]; verticals: VerticalMark[] } {
  const { horizontal, vertical } = objectAt(given, 'annotations', ['horizontal', 'vertical'])
  return {
    horizontals: listAt(horizontal, 'annotations.horizontal', mostMarks).flatMap((one, index) =>
      horizontalOf(one, `annotations.horizontal[${index}]`),
    ),
    verticals: listAt(vertical, 'annotations.vertical', mostMarks).flatMap((one, index) =>
      verticalOf(one, `annotations.vertical[${index}]`, nowMs),
    ),
  }
}

function horizontalOf(given: unknown, path: string): HorizontalMark[] {
  const [one, other] = endsOf(given, path, horizontalNames)
  if (!isVisible(one, path)) return []
  const value = numberAt(one, 'value', path)
  const to = other && numberAt(other, 'value', path)
  if (value === undefined || (other && to === undefined)) throw wrong(`${path}.value`, 'must be a number')
  const axis = choiceAt(one, 'yAxis', path, ['left', 'right'])
  const fill = choiceAt(one, 'fill', path, ['none', 'above', 'below'])
  return [
    { ...{ value, to, axis, fill }, label: textAt(one, 'label', path), color: colorAt(one, path, horizontalColor) },
  ]
}

function verticalOf(given: unknown, path: string, nowMs: number): VerticalMark[] {
  const [one, other] = endsOf(given, path, verticalNames)
  if (!isVisible(one, path)) return []
  const at = (json: Json) => {
    const text = textAt(json, 'value', path)
    if (text === undefined) throw wrong(`${path}.value`, 'must be a time')
    return momentOf(text, `${path}.value`, nowMs)
  }
  const fill = choiceAt(one, 'fill', path, ['none', 'before', 'after'])
  const ends = { atMs: at(one), toMs: other && at(other) }
  return [{ ...ends, fill, label: textAt(one, 'label', path), color: colorAt(one, path, verticalColor) }]
}

function endsOf(given: unknown, path: string, names: readonly string[]): [Json, Json?] {
  if (!Array.isArray(given)) return [objectAt(given ?? null, path, names)]
  if (given.length !== 2) throw wrong(path, 'must be one annotation, or a list of the two ends of a band')
  return [objectAt(given[0] ?? null, path, names), objectAt(given[1] ?? null, path, names)]
}

const isVisible = (json: Json, path: string) => json.visible === undefined || flagAt(json, 'visible', path)

/** The axes of a widget. */
export function readAxes(given: unknown): { left: Axis; right: Axis } {
  const { left, right } = objectAt(given, 'yAxis', ['left', 'right'])
  return { left: readAxis(left, 'yAxis.left'), right: readAxis(right, 'yAxis.right') }
}

function readAxis(given: unknown, path: string): Axis {
  const json = objectAt(given, path, ['label', 'max', 'min', 'showUnits'])
  flagAt(json, 'showUnits', path)
  const [min, max] = [numberAt(json, 'min', path), numberAt(json, 'max', path)]
  if (min !== undefined && max !== undefined && min >= max) throw wrong(path, 'must have a min below its max')
  return { label: textAt(json, 'label', path), min, max }
}
