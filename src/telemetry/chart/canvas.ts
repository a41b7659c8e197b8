/** Red, green and blue from 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number]
export type Point = readonly [x: number, y: number]

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export function colorOf(hex: string): Color {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

/** How finely the edges of areas are sampled from row to row. */
const subRows = 4

/** A picture of opaque pixels. What is drawn has smooth edges; whole coordinates are the corners of pixels. */
export class Canvas {
  readonly width: number
  readonly height: number
  /** Three bytes a pixel, by rows. */
  readonly pixels: Uint8Array
  /** How much of each pixel the line that is being drawn covers, from 0 to 255. */
  readonly #mask: Uint8Array

  constructor(width: number, height: number, background: Color) {
    this.width = width
    this.height = height
    this.pixels = new Uint8Array(width * height * 3)
    this.#mask = new Uint8Array(width * height)
    for (let at = 0; at < this.pixels.length; at += 3) this.pixels.set(background, at)
  }

  /** A line through points, with round corners and ends; what lies outside `clip` is left out. */
  line(points: readonly Point[], color: Color, { width = 1, alpha = 1, clip = this.#whole() }: LineStyle = {}): void {
    const reach = width / 2 + 0.5
    let [top, bottom, left, right] = [this.height, 0, this.width, 0]
    for (const [index, [x2, y2]] of points.entries()) {
      const [x1, y1] = points[index - 1] ?? (points.length === 1 ? [x2, y2] : [])
      if (x1 === undefined || y1 === undefined) continue
      const from = Math.max(clip.top, Math.floor(Math.min(y1, y2) - reach))
      const to = Math.min(clip.bottom, Math.ceil(Math.max(y1, y2) + reach))
      for (let y = from; y < to; y++) {
        const [low, high] = columnsNear(x1, y1, x2, y2, y + 0.5, reach)
        const first = Math.max(clip.left, Math.floor(low))
        const last = Math.min(clip.right, Math.ceil(high))
        for (let x = first; x < last; x++) {
          const covered = reach - distance(x + 0.5, y + 0.5, x1, y1, x2, y2)
          if (covered <= 0) continue
          const at = y * this.width + x
          this.#mask[at] = Math.max(this.#mask[at] ?? 0, Math.min(1, covered) * 255)
        }
        left = Math.min(left, first)
        right = Math.max(right, last)
      }
      top = Math.min(top, from)
      bottom = Math.max(bottom, to)
    }
    this.#blendMask({ left, top, right, bottom }, color, alpha)
  }

  /** Strokes of the pattern `dash` (lengths on and off) between two points. */
  dashed([x1, y1]: Point, [x2, y2]: Point, color: Color, dash: readonly [number, number], style: LineStyle = {}): void {
    const length = Math.hypot(x2 - x1, y2 - y1)
    const along = (by: number): Point => [x1 + ((x2 - x1) * by) / length, y1 + ((y2 - y1) * by) / length]
    for (let at = 0; at < length; at += dash[0] + dash[1])
      this.line([along(at), along(Math.min(length, at + dash[0]))], color, style)
  }

  /** The inside of a polygon. */
  area(corners: readonly Point[], color: Color, { alpha = 1, clip = this.#whole() }: AreaStyle = {}): void {
    const ys = corners.map(([, y]) => y)
    const top = Math.max(clip.top, Math.floor(ys.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)))
    const bottom = Math.min(clip.bottom, Math.ceil(ys.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)))
    const edges = byRow(corners, top, bottom)
    const covered = new Float32Array(this.width)
    for (let y = top; y < bottom; y++) {
      covered.fill(0)
      for (let part = 0; part < subRows; part++) {
        const crossings = crossingsAt(edges[y - top] ?? [], y + (part + 0.5) / subRows)
        for (let i = 0; i + 1 < crossings.length; i += 2)
          addSpan(covered, Math.max(clip.left, crossings[i] ?? 0), Math.min(clip.right, crossings[i + 1] ?? 0))
      }
      for (let x = clip.left; x < clip.right; x++)
        if (covered[x]) this.#blend(y * this.width + x, color, ((covered[x] ?? 0) / subRows) * alpha)
    }
  }

  box({ left, top, right, bottom }: Box, color: Color, style: AreaStyle = {}): void {
    const corners: Point[] = [
      [left, top],
      [right, top],
      [right, bottom],
      [left, bottom],
    ]
    this.area(corners, color, style)
  }

  #whole(): Box {
    return { left: 0, top: 0, right: this.width, bottom: this.height }
  }

  #blendMask({ left, top, right, bottom }: Box, color: Color, alpha: number): void {
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++) {
        const at = y * this.width + x
        const covered = this.#mask[at]
        if (!covered) continue
        this.#mask[at] = 0
        this.#blend(at, color, (covered / 255) * alpha)
      }
  }

  #blend(pixel: number, color: Color, share: number): void {
    const at = pixel * 3
    for (let i = 0; i < 3; i++) {
      const before = this.pixels[at + i] ?? 0
      this.pixels[at + i] = Math.round(before + ((color[i] ?? 0) - before) * share)
    }
  }
}

export interface AreaStyle {
  readonly alpha?: number
  readonly clip?: Box
}

export interface LineStyle extends AreaStyle {
  readonly width?: number
}

function distance(x: number, y: number, x1: number, y1: number, x2: number, y2: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const length = dx * dx + dy * dy
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length))
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy)
}

/** The columns of a row that are within reach of a line: a long slanted one is near few of each. */
function columnsNear(x1: number, y1: number, x2: number, y2: number, y: number, reach: number): [number, number] {
  const [low, high] = [Math.min(x1, x2) - reach, Math.max(x1, x2) + reach]
  if (Math.abs(y2 - y1) < 1) return [low, high]
  const slope = (x2 - x1) / (y2 - y1)
  const middle = x1 + (y - y1) * slope
  const spread = reach * Math.hypot(1, slope) + 1
  return [Math.max(low, middle - spread), Math.min(high, middle + spread)]
}

type Edge = readonly [x1: number, y1: number, x2: number, y2: number]

/** The edges that touch each row. */
function byRow(corners: readonly Point[], top: number, bottom: number): Edge[][] {
  const rows: Edge[][] = Array.from({ length: Math.max(0, bottom - top) }, () => [])
  for (const [index, [x1, y1]] of corners.entries()) {
    const [x2, y2] = corners[(index + 1) % corners.length] ?? [x1, y1]
    if (y1 === y2) continue
    const from = Math.max(top, Math.floor(Math.min(y1, y2)))
    const to = Math.min(bottom, Math.ceil(Math.max(y1, y2)))
    for (let y = from; y < to; y++) rows[y - top]?.push([x1, y1, x2, y2])
  }
  return rows
}

function crossingsAt(edges: readonly Edge[], y: number): number[] {
  const found: number[] = []
  for (const [x1, y1, x2, y2] of edges) if (y1 <= y !== y2 <= y) found.push(x1 + ((y - y1) * (x2 - x1)) / (y2 - y1))
  return found.sort((a, b) => a - b)
}

function addSpan(covered: Float32Array, from: number, to: number): void {
  if (to <= from) return
  const [first, last] = [Math.floor(from), Math.floor(to)]
  if (first === last) {
    covered[first] = (covered[first] ?? 0) + to - from
    return
  }
  covered[first] = (covered[first] ?? 0) + first + 1 - from
  for (let x = first + 1; x < last; x++) covered[x] = (covered[x] ?? 0) + 1
  if (last < covered.length) covered[last] = (covered[last] ?? 0) + to - last
}
