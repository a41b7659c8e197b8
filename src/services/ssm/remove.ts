import type { Host } from '../../kernel/host.ts'
import { operations } from '../../kernel/operation.ts'
import type { Tx } from '../../kernel/records.ts'
import { parameterEvent } from './announce.ts'
import type { Api } from './api.ts'
import { findParameter } from './find.ts'
import { parameterArn } from './names.ts'
import { label, type Parameter, parameter, total, version } from './state.ts'

/** Deleting parameters, with all of their versions. */
export const removing = operations<Api>()({
  DeleteParameter: {
    authorize: ({ Name }, ctx) => [{ action: 'ssm:DeleteParameter', resource: parameterArn(ctx.scope, Name) }],
    async write(tx, { Name }, ctx) {
      await remove(tx, await findParameter(tx, Name), ctx.host)
      return {}
    },
  },
  DeleteParameters: {
    authorize: ({ Names }, ctx) =>
      Names.map((name) => ({ action: 'ssm:DeleteParameters', resource: parameterArn(ctx.scope, name) })),
    async write(tx, { Names }, ctx) {
      const names = [...new Set(Names)]
      const found = await tx.getMany(names.map((name) => parameter(name)))
      for (const one of found) if (one) await remove(tx, one, ctx.host)
      return {
        DeletedParameters: names.filter((_, index) => found[index]),
        InvalidParameters: names.filter((_, index) => !found[index]),
      }
    },
  },
})

/** Deletes a parameter, and says so. */
export async function remove(tx: Tx, { name, tier, version: latest }: Parameter, host: Host): Promise<void> {
  const last = await tx.get(version(name, latest))
  tx.delete(parameter(name))
  tx.clear(version.under(name))
  tx.clear(label.under(name))
  tx.add(total(tier), -1)
  host.deliveries.cancel(tx, 'ssm:expire', tx.scope, name)
  if (last) await host.announce(tx, parameterEvent(tx.scope, name, 'Delete', last))
}
