import type { DeployedStage } from '../../gateway/state.ts'
import type { Ctx } from '../../kernel/context.ts'
import type { ReadTx } from '../../kernel/records.ts'
import { responsesOf } from './gateway-responses.ts'
import { model, type RestApi } from './state.ts'

/** A stage without routes, as tests of an API see it. */
export async function testStage(
  tx: ReadTx,
  api: RestApi,
  ctx: Ctx,
  stageVariables: Readonly<Record<string, string>>,
): Promise<DeployedStage> {
  const models: Record<string, string> = {}
  for await (const { value } of tx.range(model.under(api.id))) models[value.name] = value.schema
  return {
    kind: 'rest',
    account: ctx.account,
    region: ctx.region,
    apiId: api.id,
    stage: 'test-invoke-stage',
    apiName: api.name,
    routes: [],
    stageVariables,
    binaryMediaTypes: api.binaryMediaTypes,
    models,
    gatewayResponses: await responsesOf(tx, api.id),
    revision: '',
  }
}
