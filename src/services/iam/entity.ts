import type { AccessRequest, ContextValue } from '../../kernel/authorization.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { findGroup, findRole, findUser, lower } from './find.ts'
import { onGroup, onRole, onUser } from './permission.ts'
import { changed, type Entity, type EntityKind, group, role, user } from './state.ts'

/** Users, groups and roles seen alike: as what policies are attached to. */
export interface EntityAccess {
  readonly kind: EntityKind
  find(tx: ReadTx, name: string): Promise<Entity>
  /** Changes what is attached. */
  change(tx: Tx, name: string, policies: Partial<Pick<Entity, 'inline' | 'attached'>>): Promise<void>
  authorize(
    action: string,
    name: string,
    tx: ReadTx,
    ctx: Ctx,
    keys?: Readonly<Record<string, ContextValue>>,
  ): Promise<readonly AccessRequest[]>
  /** Characters of all inline policies together, white space aside. */
  readonly maxInlineCharacters: number
}

export const userEntity: EntityAccess = {
  kind: 'user',
  find: findUser,
  async change(tx, name, policies) {
    tx.set(user(lower(name)), { ...(await findUser(tx, name)), ...policies })
    changed(tx)
  },
  authorize: (action, name, tx, ctx, keys) => onUser(action, name, tx, ctx, keys),
  maxInlineCharacters: 2_048,
}

export const groupEntity: EntityAccess = {
  kind: 'group',
  find: findGroup,
  async change(tx, name, policies) {
    tx.set(group(lower(name)), { ...(await findGroup(tx, name)), ...policies })
    changed(tx)
  },
  authorize: (action, name, tx, _ctx, keys) => onGroup(action, name, tx, keys),
  maxInlineCharacters: 5_120,
}

export const roleEntity: EntityAccess = {
  kind: 'role',
  find: findRole,
  async change(tx, name, policies) {
    tx.set(role(lower(name)), { ...(await findRole(tx, name)), ...policies })
    changed(tx)
  },
  authorize: (action, name, tx, _ctx, keys) => onRole(action, name, tx, keys),
  maxInlineCharacters: 10_240,
}
