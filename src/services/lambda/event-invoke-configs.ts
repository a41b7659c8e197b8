import type { Ctx } from '../../kernel/context.ts'
import { operations } from '../../kernel/operation.ts'
import type { Api } from './api.ts'
import { checkDestination } from './destinations.ts'
import { invalid, notFound } from './errors.ts'
import { findFunction, findVersion } from './find.ts'
import { arnOf } from './functions.ts'
import { type FunctionName, functionArn, readName } from './names.ts'
import { page } from './page.ts'
import { type EventInvokeConfig, eventInvokeConfig } from './state.ts'

interface Asked {
  readonly FunctionName: string
  readonly Qualifier?: string
  readonly MaximumRetryAttempts?: number
  readonly MaximumEventAgeInSeconds?: number
  readonly DestinationConfig?: { OnSuccess?: { Destination?: string }; OnFailure?: { Destination?: string } }
}

/** Retries, age and destinations of asynchronous invocations. */
export const eventInvokeConfigs = operations<Api>()({
  PutFunctionEventInvokeConfig: {
    authorize: (input, ctx) => allows('lambda:PutFunctionEventInvokeConfig', input, ctx),
    call: (input, ctx) => put(input, ctx, () => undefined),
  },
  UpdateFunctionEventInvokeConfig: {
    authorize: (input, ctx) => allows('lambda:UpdateFunctionEventInvokeConfig', input, ctx),
    call: (input, ctx) =>
      put(input, ctx, (before, name) => {
        if (!before) throw missing(name)
        return before
      }),
  },
  GetFunctionEventInvokeConfig: {
    authorize: (input, ctx) => allows('lambda:GetFunctionEventInvokeConfig', input, ctx),
    async read(tx, { FunctionName, Qualifier }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      await findVersion(tx, name)
      const found = await tx.in(name.scope).get(keyOf(name))
      if (!found) throw missing(name)
      return describe(name, found)
    },
  },
  DeleteFunctionEventInvokeConfig: {
    authorize: (input, ctx) => allows('lambda:DeleteFunctionEventInvokeConfig', input, ctx),
    async write(tx, { FunctionName, Qualifier }, ctx) {
      const name = readName(FunctionName, ctx.scope, Qualifier)
      await findFunction(tx, name)
      const home = tx.in(name.scope)
      if (!(await home.get(keyOf(name)))) throw missing(name)
      home.delete(keyOf(name))
      return {}
    },
  },
  ListFunctionEventInvokeConfigs: {
    authorize: ({ FunctionName }, ctx) => allows('lambda:ListFunctionEventInvokeConfigs', { FunctionName }, ctx),
    async read(tx, { FunctionName, Marker, MaxItems }, ctx) {
      const name = readName(FunctionName, ctx.scope)
      await findFunction(tx, name)
      const { items, next } = await page(Marker, MaxItems ?? 50, ['string', 'string'], (after) =>
        tx.in(name.scope).range(eventInvokeConfig.between([name.name], after ? { after: [after[1]] } : {})),
      )
      return {
        FunctionEventInvokeConfigs: items.map(({ key, value }) => describe({ ...name, qualifier: key[1] }, value)),
        NextMarker: next,
      }
    },
  },
})

function allows(action: string, { FunctionName, Qualifier }: Pick<Asked, 'FunctionName' | 'Qualifier'>, ctx: Ctx) {
  return [{ action, resource: arnOf(FunctionName, ctx, Qualifier) }]
}

/** `base` answers what the asked-for values go on top of. */
async function put(
  input: Asked,
  ctx: Ctx,
  base: (before: EventInvokeConfig | undefined, name: FunctionName) => EventInvokeConfig | undefined,
) {
  const name = readName(input.FunctionName, ctx.scope, input.Qualifier)
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {}
  const asked = [input.MaximumRetryAttempts, input.MaximumEventAgeInSeconds, OnSuccess, OnFailure]
  if (asked.every((one) => one === undefined)) {
    throw invalid('You must specify at least one of error handling or destination setting.')
  }
  const { configuration } = await ctx.read((tx) => findVersion(tx, name))
  const check = async (condition: 'OnSuccess' | 'OnFailure', arn: string | undefined) => {
    if (arn) await checkDestination(ctx, { ...name, qualifier: undefined }, configuration.role, arn, condition)
  }
  // https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
  if (configuration.durable && (OnSuccess?.Destination || OnFailure?.Destination)) {
    throw invalid('A durable function has no destinations: it may have a dead-letter queue.')
  }
  await check('OnSuccess', OnSuccess?.Destination)
  await check('OnFailure', OnFailure?.Destination)
  return ctx.write(async (tx) => {
    await findVersion(tx, name)
    const home = tx.in(name.scope)
    const before = base(await home.get(keyOf(name)), name)
    const next: EventInvokeConfig = {
      retries: input.MaximumRetryAttempts ?? before?.retries,
      maxAgeSec: input.MaximumEventAgeInSeconds ?? before?.maxAgeSec,
      onSuccess: OnSuccess ? OnSuccess.Destination || undefined : before?.onSuccess,
      onFailure: OnFailure ? OnFailure.Destination || undefined : before?.onFailure,
      modifiedAtMs: ctx.nowMs,
    }
    home.set(keyOf(name), next)
    return describe(name, next)
  })
}

function keyOf(name: FunctionName) {
  return eventInvokeConfig(name.name, name.qualifier ?? '$LATEST')
}

function missing(name: FunctionName) {
  const arn = functionArn({ ...name, qualifier: name.qualifier ?? '$LATEST' })
  return notFound(`The function ${arn} doesn't have an EventInvokeConfig`)
}

function describe(name: FunctionName, value: EventInvokeConfig) {
  return {
    LastModified: new Date(value.modifiedAtMs),
    FunctionArn: functionArn({ ...name, qualifier: name.qualifier ?? '$LATEST' }),
    MaximumRetryAttempts: value.retries,
    MaximumEventAgeInSeconds: value.maxAgeSec,
    DestinationConfig: {
      OnSuccess: value.onSuccess === undefined ? {} : { Destination: value.onSuccess },
      OnFailure: value.onFailure === undefined ? {} : { Destination: value.onFailure },
    },
  }
}
