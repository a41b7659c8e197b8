/** How deep lists and objects may lie in each other in documents, schemas and bodies: what writes them goes down by calls. */
export const mostLevels = 200

/** Whether lists and objects lie in each other more than so many levels deep. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1))
}
