import type { Ctx } from '../../kernel/context.ts'
import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import { asking } from './access.ts'
import type { Api } from './api.ts'
import { keyArn, locateById } from './find.ts'
import { makeMaterial } from './material.ts'
import { markerOf, pageOf } from './page.ts'
import { key, type Located, type Material, material } from './state.ts'
import { checkCustomer, checkEnabled, checkNotDeleted } from './usable.ts'

const dayMs = 86_400_000
const mostOnDemand = 25

/** New material for a key, under which it encrypts from then on; the old one still decrypts. */
export const rotation = operations<Api>()({
  EnableKeyRotation: {
    authorize: ({ KeyId, RotationPeriodInDays = 365 }, ctx, tx) =>
      asking('EnableKeyRotation', KeyId, ctx, tx, { context: { 'kms:RotationPeriodInDays': RotationPeriodInDays } }),
    async write(tx, { KeyId, RotationPeriodInDays = 365 }, ctx) {
      const at = await rotatable(tx, KeyId)
      checkEnabled(at)
      schedule(tx.in(at.scope), at, RotationPeriodInDays, ctx.nowMs, ctx.host)
      return {}
    },
  },

  DisableKeyRotation: {
    authorize: ({ KeyId }, ctx, tx) => asking('DisableKeyRotation', KeyId, ctx, tx),
    async write(tx, { KeyId }, ctx) {
      const at = await rotatable(tx, KeyId)
      checkEnabled(at)
      const home = tx.in(at.scope)
      home.set(key(at.key.id), { ...at.key, rotation: undefined })
      ctx.host.deliveries.cancel(home, 'kms:rotate', at.scope, at.key.id)
      return {}
    },
  },

  GetKeyRotationStatus: {
    authorize: ({ KeyId }, ctx, tx) => asking('GetKeyRotationStatus', KeyId, ctx, tx),
    async read(tx, { KeyId }) {
      const { key: found, scope } = await locateById(tx, KeyId)
      return {
        KeyId: keyArn(scope, found.id),
        KeyRotationEnabled: found.rotation !== undefined,
        RotationPeriodInDays: found.rotation?.periodDays,
        NextRotationDate: found.rotation && new Date(found.rotation.nextAtMs),
      }
    },
  },

  RotateKeyOnDemand: {
    authorize: ({ KeyId }, ctx, tx) => asking('RotateKeyOnDemand', KeyId, ctx, tx),
    async write(tx, { KeyId }, ctx) {
      const at = await rotatable(tx, KeyId)
      checkEnabled(at)
      const home = tx.in(at.scope)
      let before = 0
      for await (const { value } of home.range(material.under(at.key.id))) if (value.rotated === 'ON_DEMAND') before++
      if (before >= mostOnDemand) {
        throw awsError('LimitExceededException', `A key can be rotated on demand ${mostOnDemand} times.`)
      }
      await rotate(home, at, 'ON_DEMAND', ctx.host)
      return { KeyId: keyArn(at.scope, at.key.id) }
    },
  },

  ListKeyRotations: {
    authorize: ({ KeyId }, ctx, tx) => asking('ListKeyRotations', KeyId, ctx, tx),
    async read(tx, { KeyId, Limit = 100, Marker, IncludeKeyMaterial = 'ROTATIONS_ONLY' }) {
      const at = await locateById(tx, KeyId)
      const after = markerOf(Marker)
      const range = material.between([at.key.id], after === undefined ? {} : { after: [after] })
      const chosen = async function* () {
        for await (const one of tx.in(at.scope).range(range)) {
          if (one.value.rotated !== undefined || IncludeKeyMaterial === 'ALL_KEY_MATERIAL') yield one
        }
      }
      const { items, rest } = await pageOf(chosen(), Limit, (one) => one.key[1])
      return {
        Rotations: items
          .map(({ key: [, id], value }) => describe(at, id, value))
          .sort((a, b) => a.RotationDate.getTime() - b.RotationDate.getTime()),
        ...rest,
      }
    },
  },
})

function describe({ key: { id: keyId, material: current }, scope }: Located, id: string, value: Material) {
  return {
    KeyId: keyArn(scope, keyId),
    KeyMaterialId: id,
    KeyMaterialState: id === current ? ('CURRENT' as const) : ('NON_CURRENT' as const),
    RotationDate: new Date(value.createdAtMs),
    RotationType: value.rotated,
  }
}

/** Throws UnsupportedOperationException for keys that are not rotated. */
async function rotatable(tx: ReadTx, keyId: string): Promise<Located> {
  const at = await locateById(tx, keyId)
  checkCustomer(at)
  checkNotDeleted(at)
  if (at.key.origin === 'EXTERNAL') {
    throw awsError('UnsupportedOperationException', 'Keys with imported material are not rotated by Landfall.')
  }
  if (at.key.spec !== 'SYMMETRIC_DEFAULT') {
    throw awsError('UnsupportedOperationException', 'Only keys of SYMMETRIC_DEFAULT can be rotated.')
  }
  return at
}

/** Gives a key new material; its id, aliases and what it encrypted stay as they are. */
export async function rotate(tx: Tx, at: Located, how: 'AUTOMATIC' | 'ON_DEMAND', host: Ctx['host']): Promise<void> {
  const made = await makeMaterial(tx, host, at.key.id, at.key.spec, how)
  tx.set(key(at.key.id), { ...at.key, material: made })
}

/** Has a key rotated every so many days. */
export function schedule(tx: Tx, at: Located, periodDays: number, nowMs: number, { deliveries }: Ctx['host']): void {
  const { id } = at.key
  const nextAtMs = nowMs + periodDays * dayMs
  tx.set(key(id), { ...at.key, rotation: { periodDays, nextAtMs } })
  deliveries.schedule(tx, { kind: 'kms:rotate', scope: at.scope, key: id, data: { id }, dueAtMs: nextAtMs })
}
