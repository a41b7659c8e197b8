const dayMs = 86_400_000

/** The oldest time of which a group shows events. */
export function retainedFromMs(days: number | undefined, nowMs: number): number {
  return days === undefined ? 0 : nowMs - days * dayMs
}
