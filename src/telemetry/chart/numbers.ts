import { type Box, type Canvas, colorOf, type Point } from './canvas.ts'
import { fitted, widthOf, write } from './font.ts'
import { type Frame, framed } from './frame.ts'
import { valueText } from './scale.ts'
import { arc, shownValue } from './shares.ts'
import type { Chart, ChartSeries } from './spec.ts'

const mostSize = 34

/** The places of `count` things side by side, as square as they can be. */
function cells({ left, top, right, bottom }: Box, count: number): Box[] {
  const [width, height] = [right - left, bottom - top]
  let columns = 1
  while (columns < count && width / (columns + 1) > (height / Math.ceil(count / columns)) * 1.6) columns++
  const rows = Math.ceil(count / columns)
  return Array.from({ length: count }, (_, index) => {
    const [column, row] = [index % columns, Math.floor(index / columns)]
    const [x, y] = [left + (column * width) / columns, top + (row * height) / rows]
    return { left: x, top: y, right: x + width / columns, bottom: y + height / rows }
  })
}

/** The last value of each series, large; with `sparkline` and its course below. */
export function drawNumbers(chart: Chart): Canvas {
  const frame = framed({ ...chart, legend: 'hidden' })
  const places = cells(frame.room, chart.series.length)
  for (const [index, series] of chart.series.entries()) {
    const place = places[index]
    if (place) drawNumber(chart, frame, series, place)
  }
  return frame.canvas
}

function drawNumber(chart: Chart, { canvas, theme }: Frame, series: ChartSeries, place: Box): void {
  const value = shownValue(series)
  const text = value === undefined ? '--' : valueText(value, chart.fullPrecision)
  const { left, top, right, bottom } = { ...place, left: place.left + 4, right: place.right - 10 }
  const height = bottom - top
  const labelled = height >= 34
  const size = Math.max(6, Math.min(mostSize, height * 0.3, (8 * (right - left)) / Math.max(1, widthOf(text))))
  const spark = chart.sparkline && height > size * 3 ? { ...place, left, right, top: top + height * 0.62 } : undefined
  const middle = (top + (spark ? spark.top : bottom)) / 2
  const baseline = Math.round(middle + (labelled ? size / 2 - 8 : size / 2))
  write(canvas, text, [left, baseline], theme.text, { size })
  if (labelled) {
    canvas.box({ left, top: baseline + 11, right: left + 9, bottom: baseline + 20 }, colorOf(series.color))
    write(canvas, fitted(series.label, right - left - 14), [left + 14, baseline + 19], theme.faint)
  }
  if (spark) drawSpark(canvas, series, { ...spark, top: Math.max(spark.top, baseline + 28) }, chart)
}

function drawSpark(canvas: Canvas, series: ChartSeries, box: Box, { fromMs, toMs }: Chart): void {
  if (series.points.length < 2 || box.bottom - box.top < 8) return
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const [, value] of series.points) [least, most] = [Math.min(least, value), Math.max(most, value)]
  const range = most - least || 1
  const points = series.points.map(([atMs, value]): Point => {
    const x = box.left + ((atMs - fromMs) / (toMs - fromMs)) * (box.right - box.left)
    return [x, box.bottom - 2 - ((value - least) / range) * (box.bottom - box.top - 4)]
  })
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0]
  canvas.area([...points, [last, box.bottom], [first, box.bottom]], colorOf(series.color), { alpha: 0.18 })
  canvas.line(points, colorOf(series.color), { width: 2 })
}

const open = (2 / 3) * Math.PI

/** A dial from the least to the most of the left axis for each series; horizontal annotations colour its parts. */
export function drawGauges(chart: Chart): Canvas {
  const frame = framed({ ...chart, legend: 'hidden' })
  const places = cells(frame.room, chart.series.length)
  for (const [index, series] of chart.series.entries()) {
    const place = places[index]
    if (place) drawGauge(chart, frame, series, place)
  }
  return frame.canvas
}

function drawGauge(chart: Chart, { canvas, theme }: Frame, series: ChartSeries, place: Box): void {
  const { min = 0, max = 100 } = chart.axes.left
  const height = place.bottom - place.top - 24
  const radius = Math.max(4, Math.min((place.right - place.left) / 2 - 30, height / 1.55))
  const middle: Point = [(place.left + place.right) / 2, place.top + (height - radius * 1.5) / 2 + radius]
  const angle = (value: number) => -open + Math.max(0, Math.min(1, (value - min) / (max - min))) * 2 * open
  const ring = (from: number, to: number, outer: number, inner: number) => [
    ...arc(middle, outer, from, to),
    ...arc(middle, inner, to, from),
  ]
  canvas.area(ring(-open, open, radius, radius * 0.78), theme.track)
  const value = shownValue(series)
  if (value !== undefined && value > min)
    canvas.area(ring(-open, angle(value), radius, radius * 0.78), colorOf(colorAt(chart, series, value)))
  for (const mark of chart.horizontals) {
    const ends = { above: max, below: min, none: mark.value }
    const to = mark.to ?? ends[mark.fill]
    const [from, until] = [angle(Math.min(mark.value, to)), angle(Math.max(mark.value, to))]
    if (until > from) canvas.area(ring(from, until, radius * 1.08, radius * 1.03), colorOf(mark.color))
  }
  const text = value === undefined ? '--' : valueText(value, chart.fullPrecision)
  const size = Math.max(6, Math.min(mostSize, radius * 0.34, (8 * radius * 1.1) / Math.max(1, widthOf(text))))
  write(canvas, text, [middle[0], middle[1] + size / 2], theme.text, { size, align: 'center' })
  for (const [bound, at] of [
    [min, -open],
    [max, open],
  ] as const) {
    const [end] = arc(middle, radius * 0.89, at, at)
    if (end) write(canvas, valueText(bound), [end[0], end[1] + 17], theme.faint, { align: 'center' })
  }
  const label = fitted(series.label, place.right - place.left - 8)
  write(canvas, label, [middle[0], Math.min(place.bottom - 4, middle[1] + radius * 0.5 + 34)], theme.faint, {
    align: 'center',
  })
}

/** That of the annotation that a value is in, else its own. */
function colorAt({ horizontals }: Chart, series: ChartSeries, value: number): string {
  const around = horizontals.findLast(({ value: from, to, fill }) => {
    if (to !== undefined) return value >= Math.min(from, to) && value <= Math.max(from, to)
    return fill === 'above' ? value >= from : fill === 'below' && value <= from
  })
  return around?.color ?? series.color
}
