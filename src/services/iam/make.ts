import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { upperAlphanumeric } from '../../kernel/ids.ts'
import type { Tx } from '../../kernel/records.ts'
import { changed, type EntityKind, type Named, total } from './state.ts'

/** What an account may have, as AWS's default quotas are. */
const quotas = { user: 5_000, group: 300, role: 1_000, policy: 1_500, 'instance-profile': 1_000 } as const
const quotaNames = {
  user: 'UsersPerAccount',
  group: 'GroupsPerAccount',
  role: 'RolesPerAccount',
  policy: 'PoliciesPerAccount',
  'instance-profile': 'InstanceProfilesPerAccount',
} as const
const prefixes = { user: 'AIDA', group: 'AGPA', role: 'AROA', policy: 'ANPA', 'instance-profile': 'AIPA' } as const

type Kind = EntityKind | 'policy' | 'instance-profile'

/** What is common to everything new: counted, within the quota, with an id of its own. */
export async function makeNamed(tx: Tx, kind: Kind, name: string, path: string | undefined, ctx: Ctx): Promise<Named> {
  // Read outside conflict detection: creations don't get in each other's way, and the quota is exact enough.
  const count = await tx.snapshot.count(total(kind))
  if (count >= quotas[kind]) throw limitExceeded(`Cannot exceed quota for ${quotaNames[kind]}: ${quotas[kind]}`)
  tx.add(total(kind), 1)
  changed(tx)
  return { name, path: path ?? '/', id: uniqueId(kind, ctx), createdAtMs: ctx.nowMs }
}

export function unmade(tx: Tx, kind: Kind): void {
  tx.add(total(kind), -1)
  changed(tx)
}

function uniqueId(kind: Kind, ctx: Ctx): string {
  return prefixes[kind] + ctx.ids.token(17, upperAlphanumeric)
}

export function alreadyExists(message: string) {
  return awsError('EntityAlreadyExistsException', message, { status: 409 })
}

export function deleteConflict(message: string) {
  return awsError('DeleteConflictException', message, { status: 409 })
}

export function limitExceeded(message: string) {
  return awsError('LimitExceededException', message, { status: 409 })
}
