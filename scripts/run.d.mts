/** What Node is told that runs Landfall. */
export const nodeFlags: readonly string[]
