import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import { invalid } from '../../stacks/value.ts'
import { onStack } from './access.ts'
import type { Api } from './api.ts'
import { liveStack } from './find.ts'
import { checkName } from './input.ts'
import { named, stack } from './state.ts'

/** Second names of stacks: at most one each, found wherever a name is. */
export const aliases = operations<Api>()({
  SetAlias: {
    authorize: ({ StackName }, ctx, tx) => onStack('SetAlias', StackName, {}, ctx, tx),
    async write(tx, { StackName, AliasName }) {
      checkName(AliasName, 'aliasName')
      const of = await liveStack(tx, StackName)
      if (await tx.get(named(AliasName)))
        throw awsError('AlreadyExistsException', `Stack [${AliasName}] already exists`)
      if (of.alias !== undefined)
        throw awsError(
          'LimitExceededException',
          `Stack [${of.name}] has the alias ${of.alias} already. Remove it first.`,
        )
      tx.set(named(AliasName), { uuid: of.uuid, alias: true })
      tx.set(stack(of.uuid), { ...of, alias: AliasName })
      return {}
    },
  },

  RemoveAlias: {
    authorize: ({ AliasName }, ctx, tx) => onStack('RemoveAlias', AliasName, {}, ctx, tx),
    async write(tx, { AliasName }) {
      const found = await tx.get(named(AliasName))
      const of = found?.alias ? await tx.get(stack(found.uuid)) : undefined
      if (!of) throw invalid(`Alias [${AliasName}] does not exist`)
      tx.delete(named(AliasName))
      tx.set(stack(of.uuid), { ...of, alias: undefined })
      return {}
    },
  },
})
