import { isMap, own, type ValueMap } from '../value.ts'
import { add, type Declared, type Output, passed, pick, refuseOthers, samError } from './output.ts'

const settings = ['UsagePlanName', 'Description', 'Quota', 'Throttle', 'Tags']

/**
 * The usage plan that an API has for itself, with a key for its stage. A plan that APIs share is refused by name.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html
 */
export function addUsagePlan({ id, properties, rest }: Declared, stage: string, out: Output): void {
  const auth = own(properties, 'Auth')
  const plan = isMap(auth) ? own(auth, 'UsagePlan') : undefined
  if (plan === undefined) return
  if (!isMap(plan)) throw samError(id, "Property 'Auth.UsagePlan' should be a map.")
  refuseOthers(id, plan, ['CreateUsagePlan', ...settings], 'Auth.UsagePlan.')
  const create = own(plan, 'CreateUsagePlan')
  if (create === undefined) throw samError(id, "'CreateUsagePlan' is a required field for UsagePlan.")
  if (create === 'NONE') return
  if (create === 'SHARED')
    throw samError(id, 'CreateUsagePlan SHARED is not supported by Landfall yet. Use PER_API, or write out the plan.')
  if (create !== 'PER_API') throw samError(id, "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].")
  const make = (what: string, type: string, made: ValueMap, after: string) =>
    add(out, `${id}${what}`, `AWS::ApiGateway::${type}`, made, { ...passed(rest), DependsOn: [after] })
  const [plans, key, at] = [{ Ref: `${id}UsagePlan` }, { Ref: `${id}ApiKey` }, { Ref: stage }]
  const stages = { ApiStages: [{ ApiId: { Ref: id }, Stage: at }] }
  make('UsagePlan', 'UsagePlan', { ...stages, ...pick(plan, settings) }, id)
  make('ApiKey', 'ApiKey', { Enabled: true, StageKeys: [{ RestApiId: { Ref: id }, StageName: at }] }, `${id}UsagePlan`)
  make('UsagePlanKey', 'UsagePlanKey', { KeyId: key, KeyType: 'API_KEY', UsagePlanId: plans }, `${id}ApiKey`)
}
