import type { Box, Canvas, Color, Point } from './canvas.ts'
import { glyphs, marks } from './glyphs.ts'

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

/** Letters as they are written, each with no more than one of the marks that are known: the others are left out. */
function lettersOf(text: string): string[] {
  return (text.normalize('NFD').match(/\P{M}\p{M}*/gu) ?? []).map((whole) => {
    const [letter = '', ...on] = whole
    return letter + (on.find((mark) => Object.hasOwn(marks, mark)) ?? '')
  })
}

function advanceOf(letter: string): number {
  if (/\s/.test(letter)) return spaceWidth
  return (/\d/.test(letter) ? digitWidth : glyphOf(letter).width) + spacing
}

function glyphOf(letter: string): Glyph {
  const known = read.get(letter)
  if (known) return known
  if (/\s/.test(letter)) return { strokes: [], width: 0 }
  const [base = '', mark] = letter
  const path = Object.hasOwn(glyphs, base) ? glyphs[base] : undefined
  const plain = glyphIn(path ?? unknown)
  if (path === undefined) return plain
  const glyph = mark === undefined ? plain : marked(plain, base, marks[mark] ?? '')
  read.set(letter, glyph)
  return glyph
}

function glyphIn(path: string): Glyph {
  const strokes = path.split('/').map(strokeOf)
  return { strokes, width: strokes.flat().reduce((most, [x]) => Math.max(most, x), 0) }
}

/** With a mark in the middle over it; those that hang below stand in the grid like letters do. */
function marked({ strokes, width }: Glyph, base: string, path: string): Glyph {
  const mark = glyphIn(path)
  const hangs = mark.strokes.flat().some(([, y]) => y > usualSize)
  const small = /[a-z]/.test(base)
  const letter = /[ij]/.test(base) && !hangs ? strokes.slice(0, 1) : strokes
  const shift = Math.max(0, (mark.width - width) / 2)
  const moved = (stroke: readonly Point[], along: number, down: number) =>
    stroke.map(([x, y]): Point => [x + along, y + down])
  return {
    strokes: [
      ...letter.map((stroke) => moved(stroke, shift, 0)),
      ...mark.strokes.map((stroke) => moved(stroke, shift + (width - mark.width) / 2, small && !hangs ? 2 : 0)),
    ],
    width: width + 2 * shift,
  }
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
