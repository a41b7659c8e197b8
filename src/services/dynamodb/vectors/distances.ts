import { maxFloat } from './floats.ts'
import type { Distance } from './state.ts'

/** How far apart two vectors of one length are, less being nearer, and the score that a search says of it. */
export interface Metric {
  farness(a: Float32Array, b: Float32Array): number
  score(farness: number): number
}

/**
 * Scores as the service says them: 0 to 2 by the angle, the straight line's length, and the dot product, of which the
 * highest is nearest. They are 32-bit floats, as vectors are; what is beyond those is the largest or the least of them.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SearchVectors.html
 */
export const metrics: Readonly<Record<Distance, Metric>> = {
  COSINE: {
    farness(a, b) {
      let dot = 0
      let ofA = 0
      let ofB = 0
      for (let i = 0; i < a.length; i++) {
        const x = a[i]!
        const y = b[i]!
        dot += x * y
        ofA += x * x
        ofB += y * y
      }
      // A vector of zeros has no direction: it is as far from all as what stands at a right angle.
      if (ofA === 0 || ofB === 0) return 1
      return Math.min(2, Math.max(0, 1 - dot / Math.sqrt(ofA * ofB)))
    },
    score: float,
  },
  EUCLIDEAN: {
    farness(a, b) {
      let sum = 0
      for (let i = 0; i < a.length; i++) {
        const apart = a[i]! - b[i]!
        sum += apart * apart
      }
      return Math.sqrt(sum)
    },
    score: float,
  },
  DOT_PRODUCT: {
    farness(a, b) {
      let dot = 0
      for (let i = 0; i < a.length; i++) dot += a[i]! * b[i]!
      return -dot
    },
    // No -0.
    score: (farness) => float(0 - farness),
  },
}

/** JSON has no infinity, and not every client reads the text that AWS's protocols have for it. */
function float(value: number): number {
  return Math.fround(Math.min(maxFloat, Math.max(-maxFloat, value)))
}
