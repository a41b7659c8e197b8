import type { Box, Canvas, Color, Point } from './canvas.ts'
import { glyphs } from './glyphs.ts'

export interface TextStyle {
  /** The height of capitals in pixels. */
  readonly size?: number
  readonly bold?: boolean
  readonly align?: 'left' | 'center' | 'right'
  /** Upwards, as beside an axis. */
  readonly turned?: boolean
  readonly clip?: Box
}

interface Glyph {
  readonly strokes: readonly (readonly Point[])[]
  readonly width: number
}

const usualSize = 8
const unknown = 'l0,1 4.5,1 4.5,8 0,8 0,1'
const spacing = 2.1
const spaceWidth = 3.4
/** Digits are as wide as each other, so that values stand below each other. */
const digitWidth = 5
const steps = 4
const read = new Map<string, Glyph>()

/** How wide a text is. */
export function widthOf(text: string, { size = usualSize }: TextStyle = {}): number {
  let width = 0
  for (const letter of lettersOf(text)) width += advanceOf(letter)
  return Math.max(0, width - spacing) * (size / usualSize)
}

/** Writes a text of one line; `at` is where its baseline begins, or as `align` says. */
export function write(canvas: Canvas, text: string, [x, y]: Point, color: Color, style: TextStyle = {}): void {
  const { size = usualSize, bold = false, align = 'left', turned = false, clip } = style
  const scale = size / usualSize
  const shift = align === 'left' ? 0 : widthOf(text, style) / (align === 'center' ? 2 : 1)
  // Large letters look heavier than small ones.
  const width = Math.max(1, (bold ? 1.55 : scale > 2 ? 0.95 : 1.1) * scale)
  // Stems in the middle of pixels are sharp.
  let along = Math.round(-shift) + 0.5
  for (const letter of lettersOf(text)) {
    for (const stroke of glyphOf(letter).strokes) {
      const points = stroke.map(([gx, gy]): Point => {
        const [dx, dy] = [along + gx * scale, (gy - usualSize) * scale - 0.5]
        return turned ? [Math.round(x) + dy, Math.round(y) - dx] : [Math.round(x) + dx, Math.round(y) + dy]
      })
      canvas.line(points, color, { width, ...(clip && { clip }) })
    }
    along += advanceOf(letter) * scale
    if (scale === 1) along = Math.round(along - 0.5) + 0.5
  }
}

/** A text that is no wider than there is room, with … at its end if it had to be cut. */
export function fitted(text: string, room: number, style: TextStyle = {}): string {
  if (widthOf(text, style) <= room) return text
  let [short, long] = [0, text.length]
  while (short < long) {
    const middle = Math.ceil((short + long) / 2)
    if (widthOf(`${text.slice(0, middle)}…`, style) <= room) short = middle
    else long = middle - 1
  }
  return short === 0 ? '' : `${text.slice(0, short).trimEnd()}…`
}

/** Letters with marks are written without them. */
function lettersOf(text: string): Iterable<string> {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '')
}

function advanceOf(letter: string): number {
  if (/\s/.test(letter)) return spaceWidth
  return (/\d/.test(letter) ? digitWidth : glyphOf(letter).width) + spacing
}

function glyphOf(letter: string): Glyph {
  const known = read.get(letter)
  if (known) return known
  if (/\s/.test(letter)) return { strokes: [], width: 0 }
  const path = Object.hasOwn(glyphs, letter) ? glyphs[letter] : undefined
  const strokes = (path ?? unknown).split('/').map(strokeOf)
  const width = strokes.flat().reduce((most, [x]) => Math.max(most, x), 0)
  const glyph = { strokes, width }
  if (path !== undefined) read.set(letter, glyph)
  return glyph
}

function strokeOf(text: string): Point[] {
  const points = text
    .slice(1)
    .split(' ')
    .map((pair): Point => {
      const [x = 0, y = 0] = pair.split(',').map(Number)
      return [x, y]
    })
  if (text.startsWith('l')) return points
  return curve(points, text.startsWith('o'))
}

const between = ([x1, y1]: Point, [x2, y2]: Point, share = 0.5): Point => [
  x1 + (x2 - x1) * share,
  y1 + (y2 - y1) * share,
]

/** Quadratic curves from the middle between two points to the middle between the next. */
function curve(points: readonly Point[], closed: boolean): Point[] {
  const at = (index: number): Point => points[(index + points.length) % points.length] ?? [0, 0]
  const found: Point[] = []
  const bend = (from: Point, towards: Point, to: Point) => {
    for (let step = 0; step <= steps; step++) {
      const share = step / steps
      found.push(between(between(from, towards, share), between(towards, to, share), share))
    }
  }
  if (closed) {
    for (let i = 0; i < points.length; i++) bend(between(at(i - 1), at(i)), at(i), between(at(i), at(i + 1)))
    return found
  }
  const last = points.length - 1
  for (let i = 1; i < last; i++)
    bend(i === 1 ? at(0) : between(at(i - 1), at(i)), at(i), i === last - 1 ? at(last) : between(at(i), at(i + 1)))
  return found
}
