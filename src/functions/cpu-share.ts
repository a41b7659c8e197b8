/** Lambda's measure: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const mbPerCore = 1_769

/**
 * `shared`: a function gets what nobody else wants, up to the cores that Lambda would show it (whole ones), and its
 * share of them when processors are scarce. `exact`: never more than its share, as on Lambda, once it is loaded.
 */
export type CpuMode = 'shared' | 'exact'

export interface CpuShare {
  /** In cores, when they are scarce. */
  readonly share: number
  /** The most it gets ever. */
  readonly cores: number
}

/** The processor time of an instance. Loading is never held down: Lambda gives it more as well. */
export function cpuShare(memoryMb: number, mode: CpuMode, phase: 'loading' | 'serving'): CpuShare {
  const share = memoryMb / mbPerCore
  return { share, cores: mode === 'exact' && phase === 'serving' ? share : Math.max(1, Math.ceil(share)) }
}
