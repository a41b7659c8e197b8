import { usageError } from './command.ts'

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `500ms`, `90s`, `10m`, `2h`, `1d` in milliseconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+)(ms|[smhd])$/.exec(text)
  if (!match) throw usageError(`"${text}" is not a length of time.`, 'Give a number and a unit: 90s, 10m, 2h, 1d')
  return Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs]
}
