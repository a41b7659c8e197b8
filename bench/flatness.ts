import { median } from './median.ts'

export interface Flatness {
  readonly early: number
  readonly late: number
  readonly flat: boolean
}

/**
 * Whether what was sampled has stayed what it was after the warm-up, which is the first fifth: V8 compiles, the pool of
 * sandboxes fills, the heap takes the size that the load needs. The first and last quarter of the rest are compared.
 */
export function flatness(samplesMb: readonly number[]): Flatness {
  const settled = samplesMb.slice(Math.ceil(samplesMb.length / 5))
  const quarter = Math.max(1, settled.length >> 2)
  const [early, late] = [median(settled.slice(0, quarter)), median(settled.slice(-quarter))]
  return { early, late, flat: late <= early * 1.1 + 2 }
}

export const saidOf = ({ early, late, flat }: Flatness) =>
  `after warm-up ${early.toFixed(1)} MB, at the end ${late.toFixed(1)} MB: ${flat ? 'flat' : 'GROWN'}`
