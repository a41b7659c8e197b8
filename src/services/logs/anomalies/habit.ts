/** How often a pattern comes in a window: running means over the windows since it was first met. */
export interface Habit {
  /** Windows that it was known in. */
  readonly windows: number
  /** The window that was last counted in, by its number since 1970. */
  readonly at: number
  readonly mean: number
  /** The mean of the squares. */
  readonly square: number
}

/** A window weighs at least this much less than all before it together: what was usual long ago is forgotten. */
const memory = 200
/** Before it has been known in so many windows, nothing is said of a pattern. */
export const fewestWindows = 10
const deviations = 3

/** A habit with the windows up to `at` (exclusive), in which the pattern did not come. */
function rested({ windows, at: last, mean, square }: Habit, at: number): Habit {
  const gap = Math.max(0, at - last - 1)
  const young = Math.min(gap, Math.max(0, memory - windows))
  const share = (windows / (windows + young)) * (1 - 1 / memory) ** (gap - young)
  return { windows: windows + gap, at: at - 1, mean: mean * share, square: square * share }
}

/** A habit that has learned how often its pattern came in the window `at`. Without one, it is the first. */
export function learned(before: Habit | undefined, at: number, count: number): Habit {
  if (!before) return { windows: 1, at, mean: count, square: count * count }
  if (at <= before.at) return before
  const { windows, mean, square } = rested(before, at)
  const weight = 1 / Math.min(windows + 1, memory)
  return {
    windows: windows + 1,
    at,
    mean: mean + (count - mean) * weight,
    square: square + (count * count - square) * weight,
  }
}

/** By how many deviations a count is more than usual, if that is unusual. */
export function excess(habit: Habit, at: number, count: number): number | undefined {
  const { windows, mean, square } = rested(habit, at)
  if (windows < fewestWindows) return undefined
  const deviation = Math.max(1, mean / 10, Math.sqrt(Math.max(0, square - mean * mean)))
  const found = (count - mean) / deviation
  return found > deviations ? found : undefined
}
