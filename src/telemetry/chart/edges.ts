import type { Box, Point } from './canvas.ts'

/**
 * How much of each pixel a polygon covers, from its edges: each notes, in the pixels that it goes through, how much of
 * what lies to the right of it begins or ends there, so that the sum along a row is what is covered. What it costs is
 * how long the edges are, however often the outline goes up and down.
 */
export class Edges {
  readonly #box: Box
  readonly #left: number
  readonly #width: number
  readonly #sums: Float32Array

  /** Pixels of a box of whole rows; what lies outside of it is left out. */
  constructor(box: Box) {
    this.#box = box
    this.#left = Math.floor(box.left)
    // An edge at the right end notes what would follow.
    this.#width = Math.ceil(box.right) - this.#left + 2
    this.#sums = new Float32Array(this.#width * (box.bottom - box.top))
  }

  add(from: Point, to: Point): void {
    if (from[1] === to[1]) return
    const sign = from[1] < to[1] ? 1 : -1
    const [[x1, y1], [x2, y2]] = sign > 0 ? [from, to] : [to, from]
    const { left, top, right, bottom } = this.#box
    const slope = (x2 - x1) / (y2 - y1)
    const inside = (x: number) => Math.max(left, Math.min(right, x)) - this.#left
    const last = Math.min(bottom, Math.ceil(y2))
    for (let y = Math.max(top, Math.floor(y1)); y < last; y++) {
      const [begins, ends] = [Math.max(y, y1), Math.min(y + 1, y2)]
      const [one, other] = [inside(x1 + (begins - y1) * slope), inside(x1 + (ends - y1) * slope)]
      this.#note((y - top) * this.#width, Math.min(one, other), Math.max(one, other), (ends - begins) * sign)
    }
  }

  /** Shares `height` out to the pixels of a row between two places, each getting what lies right of the edge within it. */
  #note(row: number, from: number, to: number, height: number): void {
    const first = Math.floor(from)
    const last = Math.max(first, Math.ceil(to) - 1)
    let before = 0
    for (let x = first; x <= last; x++) {
      // The part of the edge that is left of this pixel's end, and how far from that end it lies in the middle.
      const share = last === first ? 1 : (Math.min(x + 1, to) - Math.max(x, from)) / (to - from)
      const middle = x + 1 - (Math.min(x + 1, to) + Math.max(x, from)) / 2
      const until = before + share
      const covered = before + share * middle
      this.#sums[row + x] = (this.#sums[row + x] ?? 0) + height * (covered - before)
      this.#sums[row + x + 1] = (this.#sums[row + x + 1] ?? 0) + height * (until - covered)
      before = until
    }
  }

  /** Calls `paint` for each pixel that is covered, with how much of it is, up to 1. */
  each(paint: (x: number, y: number, covered: number) => void): void {
    const { top, bottom } = this.#box
    for (let y = top; y < bottom; y++) {
      let sum = 0
      for (let x = 0; x < this.#width - 2; x++) {
        sum += this.#sums[(y - top) * this.#width + x] ?? 0
        const covered = Math.min(1, Math.abs(sum))
        if (covered > leastCovered) paint(this.#left + x, y, covered)
      }
    }
  }
}

/** Less shows in no color, and may be what is left of rounding. */
const leastCovered = 1 / 512
