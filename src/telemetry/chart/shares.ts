import { type Canvas, colorOf, type Point } from './canvas.ts'
import { fitted, widthOf, write } from './font.ts'
import { framed } from './frame.ts'
import { tickText, valueScale, valueText } from './scale.ts'
import type { Chart, ChartSeries } from './spec.ts'

/** The value that views show of a series which show one: the last. */
export function shownValue({ points }: ChartSeries): number | undefined {
  return points.at(-1)?.[1]
}

/** One bar a series, from zero. */
export function drawBars(chart: Chart): Canvas {
  const { canvas, theme, room } = framed(chart)
  const values = chart.series.map((one) => shownValue(one) ?? 0)
  const bottom = Math.round(room.bottom - 8)
  const top = Math.round(room.top + 12)
  const scale = valueScale(Math.min(0, ...values), Math.max(0, ...values), {
    ...{ min: chart.axes.left.min, max: chart.axes.left.max },
    count: Math.max(1, Math.floor((bottom - top) / 44)),
  })
  const step = (scale.ticks[1] ?? scale.max) - (scale.ticks[0] ?? scale.min) || 1
  const texts = scale.ticks.map((value) => tickText(value, step, Math.max(Math.abs(scale.min), Math.abs(scale.max))))
  const left = Math.round(room.left + texts.reduce((most, text) => Math.max(most, widthOf(text)), 0) + 10)
  const y = (value: number) => bottom - ((value - scale.min) / (scale.max - scale.min)) * (bottom - top)
  for (const [index, value] of scale.ticks.entries()) {
    const at = Math.round(y(value))
    canvas.box({ left, top: at, right: room.right, bottom: at + 1 }, value === 0 ? theme.axis : theme.grid)
    write(canvas, texts[index] ?? '', [left - 7, at + 4], theme.faint, { align: 'right' })
  }
  const each = (room.right - left) / Math.max(1, values.length)
  const width = Math.min(90, each * 0.68)
  const zero = y(Math.min(scale.max, Math.max(scale.min, 0)))
  const clip = { left, top: top - 12, right: Math.round(room.right), bottom: bottom + 1 }
  for (const [index, series] of chart.series.entries()) {
    const value = shownValue(series)
    if (value === undefined) continue
    const middle = left + each * (index + 0.5)
    const [from, to] = [Math.min(zero, y(value)), Math.max(zero, y(value))]
    const bar = { left: Math.round(middle - width / 2), right: Math.round(middle + width / 2), top: from, bottom: to }
    canvas.box(bar, colorOf(series.color), { clip })
    const text = valueText(value)
    if (widthOf(text) <= each) write(canvas, text, [middle, Math.max(top, from) - 4], theme.text, { align: 'center' })
  }
  return canvas
}

const arcStep = Math.PI / 90

/** Points along a circle, angles from its top, clockwise. */
export function arc([x, y]: Point, radius: number, from: number, to: number): Point[] {
  const count = Math.max(2, Math.ceil(Math.abs(to - from) / arcStep))
  return Array.from({ length: count + 1 }, (_, index): Point => {
    const angle = from + ((to - from) * index) / count
    return [x + radius * Math.sin(angle), y - radius * Math.cos(angle)]
  })
}

/** What each series has of the sum of all; values below zero have none. */
export function drawPie(chart: Chart): Canvas {
  const { canvas, theme, room } = framed(chart)
  const slices = chart.series.flatMap((series) => {
    const value = shownValue(series) ?? 0
    return value > 0 ? [{ series, value }] : []
  })
  const sum = slices.reduce((total, { value }) => total + value, 0)
  const middle: Point = [(room.left + room.right) / 2, (room.top + room.bottom) / 2]
  const radius = Math.max(1, Math.min(room.right - room.left, room.bottom - room.top) / 2 - 4)
  const hole = radius * 0.58
  if (sum === 0) {
    canvas.area([...arc(middle, radius, 0, 2 * Math.PI), ...arc(middle, hole, 2 * Math.PI, 0)], theme.track)
    return canvas
  }
  let from = 0
  for (const { series, value } of slices) {
    const to = from + (value / sum) * 2 * Math.PI
    const ring = [...arc(middle, radius, from, to), ...arc(middle, hole, to, from)]
    canvas.area(ring, colorOf(series.color))
    from = to
  }
  from = 0
  for (const { value } of slices) {
    // A gap between slices, and how large each is where there is room for it.
    const [edge] = arc(middle, radius + 1, from, from)
    const [inner] = arc(middle, hole - 1, from, from)
    if (slices.length > 1 && edge && inner) canvas.line([inner, edge], theme.background, { width: 1.6 })
    const share = value / sum
    const [place] = arc(middle, (radius + hole) / 2, from + share * Math.PI, from + share * Math.PI)
    const text = `${Math.round(share * 100)}%`
    if (place && share * Math.PI * (radius + hole) > widthOf(text) + 8 && radius - hole > widthOf(text) + 4)
      write(canvas, text, [place[0], place[1] + 4], [255, 255, 255], { align: 'center', bold: true })
    from += share * 2 * Math.PI
  }
  const total = fitted(valueText(sum), hole * 1.6, { size: Math.min(22, hole / 2.4) })
  const size = Math.min(22, hole / 2.4)
  if (size >= 6) write(canvas, total, [middle[0], middle[1] + size / 2], theme.text, { align: 'center', size })
  return canvas
}
