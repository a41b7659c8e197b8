import type { ResourceCtx } from '../../kernel/resource.ts'

/** Of this attempt, so that one that is repeated after a crash makes no second version. */
export function tokenOf(rx: ResourceCtx): string {
  return rx.clientToken
    .replace(/[^A-Za-z0-9-]/g, '')
    .padEnd(32, '0')
    .slice(0, 64)
}
