import { type Box, colorOf, type Point } from './canvas.ts'
import { fitted, widthOf, write } from './font.ts'
import { type Frame, framed } from './frame.ts'
import { type Scale, tickText, timeText, timeTicks, valueScale } from './scale.ts'
import type { Chart, ChartSeries, HorizontalMark, Side } from './spec.ts'
import { type Stacked, stackedOf } from './stacking.ts'

const tickLength = 4
const tickEvery = 44
const timeEvery = 78
const sides = ['left', 'right'] as const

interface Plot extends Frame {
  readonly chart: Chart
  readonly area: Box
  readonly scales: Readonly<Record<Side, Scale>>
  readonly used: Readonly<Record<Side, boolean>>
  x(atMs: number): number
  y(side: Side, value: number): number
}

/** Lines, or with `stacked` areas on top of each other, over time. */
export function drawTimePlot(chart: Chart): Frame['canvas'] {
  const plot = laidOut({ ...chart, series: chart.stacked ? stackedOf(chart.series) : chart.series })
  drawAxes(plot)
  drawBands(plot)
  for (const series of [...plot.chart.series].reverse()) if (chart.stacked) drawArea(plot, series)
  for (const series of plot.chart.series) drawLine(plot, series)
  drawMarks(plot)
  return plot.canvas
}

function laidOut(chart: Chart): Plot {
  const frame = framed(chart)
  const { room } = frame
  const lines = Math.max(1, Math.floor((room.bottom - room.top) / tickEvery))
  const used = { left: isUsed(chart, 'left') || !isUsed(chart, 'right'), right: isUsed(chart, 'right') }
  const scales = { left: scaleOf(chart, 'left', lines), right: scaleOf(chart, 'right', lines) }
  const headed = sides.some((side) => used[side] && chart.axes[side].label !== undefined)
  const widths = {
    left: used.left ? textsOf(scales.left).reduce((most, text) => Math.max(most, widthOf(text)), 0) + 10 : 0,
    right: used.right ? textsOf(scales.right).reduce((most, text) => Math.max(most, widthOf(text)), 0) + 10 : 4,
  }
  const area = {
    left: Math.round(room.left + widths.left),
    top: Math.round(room.top + (headed ? 20 : 6)),
    right: Math.round(room.right - widths.right),
    bottom: Math.round(room.bottom - 20),
  }
  const { fromMs, toMs } = chart
  return {
    ...frame,
    ...{ chart, area, scales, used },
    x: (atMs) => area.left + ((atMs - fromMs) / (toMs - fromMs)) * (area.right - area.left),
    y: (side, value) => {
      const { min, max } = scales[side]
      // What is far outside is drawn just outside: lines end at the edge.
      const share = Math.max(-10, Math.min(11, (value - min) / (max - min)))
      return area.bottom - share * (area.bottom - area.top)
    },
  }
}

const isUsed = (chart: Chart, side: Side) => chart.series.some(({ axis }) => axis === side)

function scaleOf(chart: Chart, side: Side, count: number): Scale {
  const marks = chart.horizontals.filter(({ axis }) => axis === side).flatMap(({ value, to }) => [value, to ?? value])
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const series of chart.series) {
    if (series.axis !== side) continue
    for (const [, value] of series.points) {
      least = Math.min(least, value)
      most = Math.max(most, value)
    }
  }
  for (const value of marks) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  if (least > most) [least, most] = [0, 1]
  const { min, max } = chart.axes[side]
  return valueScale(least, most, { min, max, count })
}

function textsOf({ ticks, min, max }: Scale): string[] {
  const step = (ticks[1] ?? max) - (ticks[0] ?? min) || 1
  return ticks.map((value) => tickText(value, step, Math.max(Math.abs(min), Math.abs(max))))
}

function drawAxes(plot: Plot): void {
  const { canvas, theme, chart, area, scales, used, y, x } = plot
  const gridded: Side = used.left ? 'left' : 'right'
  for (const value of scales[gridded].ticks) {
    const at = Math.round(y(gridded, value))
    if (at < area.top || at > area.bottom) continue
    canvas.box({ left: area.left, top: at, right: area.right, bottom: at + 1 }, theme.grid)
  }
  for (const side of sides) {
    if (!used[side]) continue
    const texts = textsOf(scales[side])
    const edge = side === 'left' ? area.left - 7 : area.right + 7
    for (const [index, value] of scales[side].ticks.entries()) {
      const at = Math.round(y(side, value))
      if (at < area.top || at > area.bottom) continue
      const align = side === 'left' ? 'right' : 'left'
      write(canvas, texts[index] ?? '', [edge, at + 4], theme.faint, { align })
    }
    const heading = chart.axes[side].label
    if (heading === undefined) continue
    const text = fitted(heading, (area.right - area.left) / 2)
    const [from, align] = side === 'left' ? [plot.room.left, 'left' as const] : [plot.room.right, 'right' as const]
    write(canvas, text, [from, area.top - 10], theme.faint, { align })
  }
  canvas.box({ left: area.left, top: area.bottom, right: area.right, bottom: area.bottom + 1 }, theme.axis)
  const most = Math.max(2, Math.floor((area.right - area.left) / timeEvery))
  const { stepMs, ticks } = timeTicks(chart.fromMs, chart.toMs, most, chart.offsetMs)
  for (const atMs of ticks) {
    const at = Math.round(x(atMs))
    canvas.box({ left: at, top: area.bottom, right: at + 1, bottom: area.bottom + tickLength }, theme.axis)
    const text = timeText(atMs, stepMs, chart.offsetMs)
    const half = widthOf(text) / 2
    const middle = Math.max(half, Math.min(canvas.width - half - 1, at))
    write(canvas, text, [middle, area.bottom + 17], theme.faint, { align: 'center' })
  }
}

/** The runs of a series without a gap: of a value that has no neighbour, one. */
function runsOf({ points, periodMs }: ChartSeries): (readonly [number, number, number])[][] {
  const runs: (readonly [number, number, number])[][] = []
  let before: number | undefined
  for (const [index, [atMs, value]] of points.entries()) {
    if (before === undefined || atMs - before > periodMs * 1.5) runs.push([])
    runs.at(-1)?.push([atMs, value, index])
    before = atMs
  }
  return runs
}

function drawLine({ canvas, area, x, y }: Plot, series: ChartSeries): void {
  const clip = { ...area, top: area.top - 1, bottom: area.bottom + 1 }
  const color = colorOf(series.color)
  for (const run of runsOf(series)) {
    const points = run.map(([atMs, value]): Point => [x(atMs), y(series.axis, value)])
    canvas.line(points, color, { width: run.length === 1 ? 4.5 : 2, clip })
  }
}

function drawArea({ canvas, area, x, y }: Plot, series: Stacked): void {
  for (const run of runsOf(series)) {
    const above = run.map(([atMs, value]): Point => [x(atMs), y(series.axis, value)])
    const below = run.map(([atMs, , index]): Point => [x(atMs), y(series.axis, series.base?.[index] ?? 0)])
    canvas.area([...above, ...below.reverse()], colorOf(series.color), { alpha: 0.55, clip: area })
  }
}

function drawBands(plot: Plot): void {
  const { canvas, chart, area, x, y } = plot
  for (const mark of chart.horizontals) {
    const [from, to] = [y(mark.axis, mark.value), bandEnd(plot, mark)]
    if (to === undefined) continue
    const band = { ...area, top: Math.min(from, to), bottom: Math.max(from, to) }
    canvas.box(band, colorOf(mark.color), { alpha: 0.16, clip: area })
  }
  for (const { atMs, toMs, fill, color } of chart.verticals) {
    const to = toMs === undefined ? { before: area.left, after: area.right, none: undefined }[fill] : x(toMs)
    if (to === undefined) continue
    const from = x(atMs)
    const band = { ...area, left: Math.min(from, to), right: Math.max(from, to) }
    canvas.box(band, colorOf(color), { alpha: 0.16, clip: area })
  }
}

function bandEnd({ area, y }: Plot, { to, axis, fill }: HorizontalMark): number | undefined {
  return to === undefined ? { above: area.top, below: area.bottom, none: undefined }[fill] : y(axis, to)
}

/** The lines of annotations, over everything, with what they are called. */
function drawMarks(plot: Plot): void {
  const { canvas, chart, area, x, y } = plot
  for (const { value, to, label, color, axis } of chart.horizontals) {
    for (const [index, one] of [value, to].entries()) {
      if (one === undefined) continue
      const at = Math.round(y(axis, one)) + 0.5
      if (at < area.top || at > area.bottom + 1) continue
      canvas.dashed([area.left, at], [area.right, at], colorOf(color), [6, 3], { width: 1.2, clip: area })
      if (label === undefined || index > 0) continue
      const text = fitted(label, area.right - area.left - 8)
      const above = at - 4 - 8 < area.top ? at + 13 : at - 4
      plated(plot, text, [area.right - 4, above], 'right')
    }
  }
  for (const { atMs, toMs, label, color } of chart.verticals) {
    for (const [index, one] of [atMs, toMs].entries()) {
      if (one === undefined || one < chart.fromMs || one > chart.toMs) continue
      const at = Math.round(x(one)) + 0.5
      canvas.dashed([at, area.top], [at, area.bottom], colorOf(color), [6, 3], { width: 1.2, clip: area })
      if (label === undefined || index > 0) continue
      const align = at > (area.left + area.right) / 2 ? 'right' : 'left'
      const text = fitted(label, (area.right - area.left) / 2)
      plated(plot, text, [at + (align === 'left' ? 5 : -5), area.top + 11], align)
    }
  }
}

/** A text that stands out from lines that it is written over. */
function plated({ canvas, theme, area }: Plot, text: string, [x, y]: Point, align: 'left' | 'right'): void {
  const width = widthOf(text) + 4
  const left = align === 'left' ? x - 2 : x + 2 - width
  canvas.box({ left, top: y - 10, right: left + width, bottom: y + 4 }, theme.background, { alpha: 0.75, clip: area })
  write(canvas, text, [x, y], theme.text, { align })
}
