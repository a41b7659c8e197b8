import { createHash } from 'node:crypto'
import { upperAlphanumeric } from '../kernel/ids.ts'

/**
 * The name CloudFormation would make up: `<stack>-<logicalId>-<12 characters>`, cut to fit `maxLength` (the stack's
 * part first, then the logical id's), the same for the same seed.
 */
export function physicalName(
  stackName: string,
  logicalId: string,
  seed: string,
  options: { maxLength?: number; lowercase?: boolean; suffix?: string } = {},
): string {
  const suffix = options.suffix ?? ''
  const digest = createHash('sha256').update(`${seed}\0${stackName}\0${logicalId}`).digest()
  const unique = Array.from({ length: 12 }, (_, i) => upperAlphanumeric[(digest[i] ?? 0) % 36]).join('')
  const room = (options.maxLength ?? 255) - unique.length - suffix.length - 2
  const forId = Math.min(logicalId.length, Math.max(room - stackName.length, Math.ceil(room / 2)))
  const head = stackName.slice(0, Math.max(room - forId, 0))
  const parts = [head, logicalId.slice(0, Math.max(forId, 0)), unique].filter((part) => part !== '')
  const name = parts.join('-') + suffix
  return options.lowercase ? name.toLowerCase() : name
}
