import { type Box, Canvas, colorOf } from './canvas.ts'
import { fitted, widthOf, write } from './font.ts'
import type { Chart } from './spec.ts'
import { type Theme, themes } from './theme.ts'

/** A picture that has its title and legend, and the room that is left. */
export interface Frame {
  readonly canvas: Canvas
  readonly theme: Theme
  readonly room: Box
}

const margin = 12
const lineHeight = 17
const leastHeight = 140
const swatch = 11
const between = 16
/** Of the height, or on the right of the width, that a legend may take. */
const mostShare = 0.4

/** Begins a picture: its background, title and legend. */
export function framed(chart: Chart): Frame {
  const theme = themes[chart.theme]
  const canvas = new Canvas(chart.width, chart.height, theme.background)
  let room: Box = { left: margin, top: margin, right: chart.width - margin, bottom: chart.height - margin }
  if (chart.title && chart.height >= leastHeight / 2) {
    const style = { size: 9, bold: true }
    const title = fitted(chart.title, room.right - room.left, style)
    write(canvas, title, [room.left, room.top + 9], theme.text, style)
    room = { ...room, top: room.top + 26 }
  }
  // A small picture is all chart.
  if (chart.height < leastHeight) return { canvas, theme, room }
  if (chart.legend === 'bottom') room = legendBelow(chart, canvas, theme, room)
  if (chart.legend === 'right') room = legendBeside(chart, canvas, theme, room)
  return { canvas, theme, room }
}

function legendBelow({ series }: Chart, canvas: Canvas, theme: Theme, room: Box): Box {
  const lines: { text: string; color: string; left: number }[][] = [[]]
  const mostWidth = room.right - room.left
  let left = 0
  for (const { label, color } of series) {
    const text = fitted(label, mostWidth - swatch - 5)
    const width = swatch + 5 + widthOf(text)
    if (left > 0 && left + width > mostWidth) {
      lines.push([])
      left = 0
    }
    lines.at(-1)?.push({ text, color, left })
    left += width + between
  }
  const most = Math.max(1, Math.floor(((room.bottom - room.top) * mostShare) / lineHeight))
  const shown = series.length === 0 ? [] : lines.slice(0, most)
  const top = room.bottom - shown.length * lineHeight
  for (const [index, line] of shown.entries())
    for (const one of line)
      entry(canvas, theme, room.left + one.left, top + (index + 1) * lineHeight - 4, one.text, one.color)
  if (lines.length > most) more(canvas, theme, room, lines.slice(most).flat().length)
  return shown.length === 0 ? room : { ...room, bottom: top - 6 }
}

function legendBeside({ series }: Chart, canvas: Canvas, theme: Theme, room: Box): Box {
  const widest = series.reduce((most, { label }) => Math.max(most, widthOf(label)), 0) + swatch + 5
  const width = Math.min(widest, (room.right - room.left) * mostShare)
  const left = Math.round(room.right - width)
  const most = Math.max(1, Math.floor((room.bottom - room.top) / lineHeight))
  for (const [index, { label, color }] of series.slice(0, most).entries()) {
    const text = fitted(label, width - swatch - 5)
    entry(canvas, theme, left, room.top + (index + 1) * lineHeight - 4, text, color)
  }
  if (series.length > most) more(canvas, theme, room, series.length - most)
  return { ...room, right: left - between }
}

function more(canvas: Canvas, theme: Theme, room: Box, count: number): void {
  const text = `+${count}`
  const left = room.right - widthOf(text) - 4
  canvas.box({ left, top: room.bottom - lineHeight, right: room.right, bottom: room.bottom }, theme.background)
  write(canvas, text, [room.right, room.bottom - 4], theme.faint, { align: 'right' })
}

function entry(canvas: Canvas, theme: Theme, left: number, baseline: number, text: string, color: string): void {
  const at = Math.round(left)
  canvas.box({ left: at, top: baseline - 9, right: at + swatch, bottom: baseline + 2 }, colorOf(color))
  write(canvas, text, [at + swatch + 5, baseline], theme.faint)
}
