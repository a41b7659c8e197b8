import { awsError } from '../../kernel/errors.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { parameterEvent } from './announce.ts'
import type { Api } from './api.ts'
import { findParameter } from './find.ts'
import { parameterArn } from './names.ts'
import { label, type Version, version } from './state.ts'

const mostLabels = 10

/** Names of versions. A label is attached to one version of a parameter at a time. */
export const labels = operations<Api>()({
  LabelParameterVersion: {
    authorize: ({ Name }, ctx) => [{ action: 'ssm:LabelParameterVersion', resource: parameterArn(ctx.scope, Name) }],
    async write(tx, { Name, ParameterVersion, Labels }, ctx) {
      const number = ParameterVersion ?? (await findParameter(tx, Name)).version
      const target = await findVersion(tx, Name, number)
      const wanted = [...new Set(Labels)]
      const valid = wanted.filter(isLabel)
      const kept = new Set([...target.labels, ...valid])
      if (kept.size > mostLabels) {
        throw awsError(
          'ParameterVersionLabelLimitExceeded',
          `A parameter version can have at most ${mostLabels} labels. Remove some, or move them to another version.`,
        )
      }
      for (const name of valid) {
        const at = await tx.get(label(Name, name))
        const before = at === undefined || at === number ? undefined : await tx.get(version(Name, at))
        if (before && at !== undefined) {
          tx.set(version(Name, at), { ...before, labels: before.labels.filter((one) => one !== name) })
        }
        tx.set(label(Name, name), number)
      }
      tx.set(version(Name, number), { ...target, labels: [...kept] })
      if (valid.length > 0)
        await ctx.host.announce(tx, parameterEvent(ctx.scope, Name, 'LabelParameterVersion', target))
      return { InvalidLabels: wanted.filter((name) => !isLabel(name)), ParameterVersion: number }
    },
  },

  UnlabelParameterVersion: {
    authorize: ({ Name }, ctx) => [{ action: 'ssm:UnlabelParameterVersion', resource: parameterArn(ctx.scope, Name) }],
    async write(tx, { Name, ParameterVersion, Labels }) {
      const target = await findVersion(tx, Name, ParameterVersion)
      const removed = Labels.filter((name) => target.labels.includes(name))
      for (const name of removed) tx.delete(label(Name, name))
      tx.set(version(Name, ParameterVersion), {
        ...target,
        labels: target.labels.filter((name) => !removed.includes(name)),
      })
      return { RemovedLabels: removed, InvalidLabels: Labels.filter((name) => !removed.includes(name)) }
    },
  },
})

async function findVersion(tx: ReadTx, name: string, number: number): Promise<Version> {
  await findParameter(tx, name)
  const found = await tx.get(version(name, number))
  if (found) return found
  throw awsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${number} of ${name}. Verify the version and try again.`,
  )
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html */
function isLabel(name: string): boolean {
  return /^[A-Za-z_.-][\w.-]{0,99}$/.test(name) && !/^(aws|ssm)/i.test(name)
}
