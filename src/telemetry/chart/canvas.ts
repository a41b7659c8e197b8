import { Edges } from './edges.ts'
import { thinned } from './thinning.ts'

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

type Bounds = { -readonly [Side in keyof Box]: number }

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
    const drawn = thinned(points)
    const bounds = { left: this.width, top: this.height, right: 0, bottom: 0 }
    for (const [index, to] of drawn.entries()) {
      const from = drawn[index - 1] ?? (drawn.length === 1 ? to : undefined)
      if (from) this.#cover(from, to, width / 2 + 0.5, clip, bounds)
    }
    this.#blendMask(bounds, color, alpha)
  }

  /** Notes in the mask what is within reach of a line between two points, and in `bounds` where that is. */
  #cover([x1, y1]: Point, [x2, y2]: Point, reach: number, clip: Box, bounds: Bounds): void {
    const mask = this.#mask
    const [dx, dy] = [x2 - x1, y2 - y1]
    const squared = dx * dx + dy * dy
    const [low, high] = [Math.min(x1, x2) - reach, Math.max(x1, x2) + reach]
    // A long slanted line is near few columns of each row.
    const slope = Math.abs(dy) < 1 ? undefined : dx / dy
    const spread = slope === undefined ? 0 : reach * Math.sqrt(1 + slope * slope) + 1
    const from = Math.max(clip.top, Math.floor(Math.min(y1, y2) - reach))
    const to = Math.min(clip.bottom, Math.ceil(Math.max(y1, y2) + reach))
    for (let y = from; y < to; y++) {
      const down = y + 0.5 - y1
      const middle = slope === undefined ? 0 : x1 + down * slope
      const first = Math.max(clip.left, Math.floor(slope === undefined ? low : Math.max(low, middle - spread)))
      const last = Math.min(clip.right, Math.ceil(slope === undefined ? high : Math.min(high, middle + spread)))
      for (let x = first; x < last; x++) {
        const along = x + 0.5 - x1
        const share = squared === 0 ? 0 : Math.max(0, Math.min(1, (along * dx + down * dy) / squared))
        const awayX = along - share * dx
        const awayY = down - share * dy
        const covered = (reach - Math.sqrt(awayX * awayX + awayY * awayY)) * 255
        const at = y * this.width + x
        if (covered > (mask[at] ?? 0)) mask[at] = Math.min(255, covered)
      }
      bounds.left = Math.min(bounds.left, first)
      bounds.right = Math.max(bounds.right, last)
    }
    bounds.top = Math.min(bounds.top, from)
    bounds.bottom = Math.max(bounds.bottom, to)
  }

  /** Strokes of the pattern `dash` (lengths on and off) between two points. */
  dashed([x1, y1]: Point, [x2, y2]: Point, color: Color, dash: readonly [number, number], style: LineStyle = {}): void {
    const length = Math.hypot(x2 - x1, y2 - y1)
    const along = (by: number): Point => [x1 + ((x2 - x1) * by) / length, y1 + ((y2 - y1) * by) / length]
    for (let at = 0; at < length; at += dash[0] + dash[1])
      this.line([along(at), along(Math.min(length, at + dash[0]))], color, style)
  }

  /** The inside of a polygon. */
  area(outline: readonly Point[], color: Color, { alpha = 1, clip = this.#whole() }: AreaStyle = {}): void {
    const corners = thinned(outline)
    const all = boundsOf(corners)
    const [top, bottom] = [
      Math.max(0, Math.floor(Math.max(clip.top, all.top))),
      Math.ceil(Math.min(this.height, clip.bottom, all.bottom)),
    ]
    const [left, right] = [Math.max(0, clip.left, all.left), Math.min(this.width, clip.right, all.right)]
    if (left >= right || top >= bottom) return
    const edges = new Edges({ left, top, right, bottom })
    for (const [index, from] of corners.entries()) edges.add(from, corners[(index + 1) % corners.length] ?? from)
    edges.each((x, y, covered) => this.#blend(y * this.width + x, color, covered * alpha))
  }

  box(box: Box, color: Color, { alpha = 1, clip = this.#whole() }: AreaStyle = {}): void {
    const [left, right] = [Math.max(0, clip.left, box.left), Math.min(this.width, clip.right, box.right)]
    const [top, bottom] = [Math.max(0, clip.top, box.top), Math.min(this.height, clip.bottom, box.bottom)]
    if (left >= right || top >= bottom) return
    for (let y = Math.floor(top); y < bottom; y++) {
      const share = (Math.min(y + 1, bottom) - Math.max(y, top)) * alpha
      for (let x = Math.floor(left); x < right; x++)
        this.#blend(y * this.width + x, color, (Math.min(x + 1, right) - Math.max(x, left)) * share)
    }
  }

  #whole(): Box {
    return { left: 0, top: 0, right: this.width, bottom: this.height }
  }

  #blendMask({ left, top, right, bottom }: Box, color: Color, alpha: number): void {
    const mask = this.#mask
    for (let y = top; y < bottom; y++) {
      const end = y * this.width + right
      for (let at = y * this.width + left; at < end; at++) {
        const covered = mask[at]
        if (!covered) continue
        mask[at] = 0
        this.#blend(at, color, (covered / 255) * alpha)
      }
    }
  }

  #blend(pixel: number, color: Color, share: number): void {
    const { pixels } = this
    for (let i = 0; i < 3; i++) {
      const before = pixels[pixel * 3 + i] ?? 0
      pixels[pixel * 3 + i] = Math.round(before + ((color[i] ?? 0) - before) * share)
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

function boundsOf(points: readonly Point[]): Box {
  const bounds: Bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  for (const [x, y] of points) {
    bounds.left = Math.min(bounds.left, x)
    bounds.right = Math.max(bounds.right, x)
    bounds.top = Math.min(bounds.top, y)
    bounds.bottom = Math.max(bounds.bottom, y)
  }
  return bounds
}
