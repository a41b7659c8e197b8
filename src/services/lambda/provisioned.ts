import type { ProvisionedConcurrencyStatusEnum } from '@aws-sdk/client-lambda'
import { type AwsError, awsError } from '../../kernel/errors.ts'
import type { Provisioned } from '../../kernel/functions.ts'
import { operations } from '../../kernel/operation.ts'
import type { ReadTx, Tx } from '../../kernel/records.ts'
import type { Api } from './api.ts'
import { accountLimits } from './concurrency.ts'
import { conflict, invalid } from './errors.ts'
import { findFunction, findVersion } from './find.ts'
import { refuseInactive } from './function-states.ts'
import { arnOf } from './functions.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { page } from './page.ts'
import { statusOf } from './provisioned-status.ts'
import { alias, type LambdaFunction, lambdaFunction, type ProvisionedConcurrency, provisioned, usage } from './state.ts'

/** Instances that are there before they are asked for: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html */
export const provisionedConcurrency = operations<Api>()({
  PutProvisionedConcurrencyConfig: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:PutProvisionedConcurrencyConfig', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async write(tx, { FunctionName, Qualifier, ProvisionedConcurrentExecutions }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      const home = tx.in(name.scope)
      const { record, version, configuration } = await findVersion(tx, name)
      const qualifier = name.qualifier ?? '$LATEST'
      if (version === '$LATEST') throw unpublished()
      refuseInactive(configuration)
      const before = await home.get(provisioned(record.name, qualifier))
      if (!before) await refuseTwice(home, record.name, qualifier, version)
      await checkRoom(home, record, ProvisionedConcurrentExecutions - (before?.requested ?? 0), ctx.host.functions)
      change(home, record, ProvisionedConcurrentExecutions - (before?.requested ?? 0))
      const config = { requested: ProvisionedConcurrentExecutions, modifiedAtMs: ctx.nowMs }
      home.set(provisioned(record.name, qualifier), config)
      // The work that is under way sees the change.
      if (!before) {
        const data = { name: record.name, qualifier }
        ctx.host.deliveries.schedule(tx, { kind: 'lambda:provision', scope: name.scope, data })
      }
      return describe(config, { ready: 0 })
    },
  },

  GetProvisionedConcurrencyConfig: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:GetProvisionedConcurrencyConfig', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async call({ FunctionName, Qualifier }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      const config = await ctx.read((tx) => find(tx, name))
      return describe(config, await statusOf(ctx.host, name))
    },
  },

  ListProvisionedConcurrencyConfigs: {
    authorize: ({ FunctionName }, ctx) => [
      { action: 'lambda:ListProvisionedConcurrencyConfigs', resource: arnOf(FunctionName, ctx) },
    ],
    async call({ FunctionName, Marker, MaxItems }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      const { items, next } = await ctx.read(async (tx) => {
        await findFunction(tx, name)
        return page(Marker, Math.min(MaxItems ?? 50, 50), ['string', 'string'], (after) =>
          tx.in(name.scope).range(provisioned.between([name.name], after ? { after: [after[1]] } : {})),
        )
      })
      const configs = items.map(async ({ key: [, qualifier], value }) => {
        const own = { ...name, qualifier }
        return { FunctionArn: functionArn(own), ...describe(value, await statusOf(ctx.host, own)) }
      })
      return { ProvisionedConcurrencyConfigs: await Promise.all(configs), NextMarker: next }
    },
  },

  DeleteProvisionedConcurrencyConfig: {
    authorize: ({ FunctionName, Qualifier }, ctx) => [
      { action: 'lambda:DeleteProvisionedConcurrencyConfig', resource: arnOf(FunctionName, ctx, Qualifier) },
    ],
    async write(tx, { FunctionName, Qualifier }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      await findVersion(tx, name)
      await dropProvisioned(tx.in(name.scope), name.name, name.qualifier ?? '$LATEST')
      return {}
    },
  },
})

/** A version is provisioned for itself or for its aliases. */
async function refuseTwice(tx: Tx, name: string, qualifier: string, version: string): Promise<void> {
  if (qualifier !== version) {
    if (!(await tx.get(provisioned(name, version)))) return
    throw conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
  }
  for await (const { value } of tx.range(alias.under(name))) {
    const points = value.version === version || value.additional?.version === version
    if (!points || !(await tx.get(provisioned(name, value.name)))) continue
    throw conflict('Version is pointed by a Provisioned Concurrency alias')
  }
}

export function unpublished(): AwsError {
  return invalid('Provisioned Concurrency Configs cannot be applied to unpublished function versions.')
}

async function find(tx: ReadTx, name: FunctionName): Promise<ProvisionedConcurrency> {
  await findVersion(tx, name)
  const config = await tx.in(name.scope).get(provisioned(name.name, name.qualifier ?? '$LATEST'))
  if (config) return config
  throw awsError(
    'ProvisionedConcurrencyConfigNotFoundException',
    'No Provisioned Concurrency Config found for this function',
    { members: { Type: 'User' } },
  )
}

/** Takes the configuration of a version or alias away, if it has one; its instances end with that. */
export async function dropProvisioned(tx: Tx, name: string, qualifier: string): Promise<void> {
  const config = await tx.get(provisioned(name, qualifier))
  const record = await tx.get(lambdaFunction(name))
  if (!config || !record) return
  tx.delete(provisioned(name, qualifier))
  change(tx, record, -config.requested)
}

function change(tx: Tx, record: LambdaFunction, by: number): void {
  const provisionedConcurrency = (record.provisionedConcurrency ?? 0) + by
  tx.set(lambdaFunction(record.name), { ...record, provisionedConcurrency })
  if (record.reservedConcurrency === undefined) tx.add(usage('provisioned'), by)
}

/** What is provisioned is part of what is reserved for the function, else of what is left to all. */
async function checkRoom(
  tx: Tx,
  record: LambdaFunction,
  by: number,
  { concurrency }: { readonly concurrency: number },
): Promise<void> {
  const { reservedConcurrency: reserved, provisionedConcurrency: before = 0 } = record
  if (reserved !== undefined) {
    if (before + by <= reserved) return
    throw invalid(
      'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
    )
  }
  const { account, leastUnreserved } = accountLimits(concurrency)
  const taken = (await tx.count(usage('reserved'))) + (await tx.count(usage('provisioned')))
  if (account - taken - by < leastUnreserved) {
    throw invalid(
      `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${leastUnreserved}].`,
    )
  }
}

function describe({ requested, modifiedAtMs }: ProvisionedConcurrency, { ready, failure }: Provisioned) {
  const status: ProvisionedConcurrencyStatusEnum =
    ready >= requested ? 'READY' : failure === undefined ? 'IN_PROGRESS' : 'FAILED'
  const available = Math.min(ready, requested)
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: available,
    AllocatedProvisionedConcurrentExecutions: available,
    Status: status,
    StatusReason: status === 'FAILED' ? failure : undefined,
    LastModified: new Date(modifiedAtMs).toISOString().replace(/\.\d+Z$/, '+0000'),
  }
}
