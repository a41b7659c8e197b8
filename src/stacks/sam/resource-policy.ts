import { isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import { type Declared, type Route, refuseOthers, samError } from './output.ts'

const lists = ['AwsAccountWhitelist', 'AwsAccountBlacklist', 'IpRangeWhitelist', 'IpRangeBlacklist']
const name = 'x-amazon-apigateway-policy'

/**
 * A definition with the policy of a REST API besides its own: statements as they are, and lists of accounts and addresses
 * that may, or may not, call each of the routes that events make. Lists of VPCs are refused by name: no request comes
 * through one here.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html
 */
export function withPolicy(body: ValueMap, { id, properties }: Declared, routes: readonly Route[]): ValueMap {
  const auth = own(properties, 'Auth')
  const given = isMap(auth) ? own(auth, 'ResourcePolicy') : undefined
  if (given === undefined) return body
  if (!isMap(given)) throw samError(id, "Property 'Auth.ResourcePolicy' should be a map.")
  refuseOthers(id, given, ['CustomStatements', ...lists], 'Auth.ResourcePolicy.')
  const [accounts, strangers, from, notFrom] = lists.map((list) => listOf(id, given, list))
  const stage = own(properties, 'StageName') ?? ''
  const made = routes.flatMap((route) => {
    const statement = (Effect: string, Principal: Value, Condition?: ValueMap): ValueMap => ({
      ...{ Action: 'execute-api:Invoke', Effect, Principal, Resource: [resourceOf(route, stage)] },
      ...(Condition === undefined ? {} : { Condition }),
    })
    const condition = (test: string, addresses: Value) => ({ [test]: { 'aws:SourceIp': addresses } })
    return [
      ...(accounts ? [statement('Allow', { AWS: accounts })] : []),
      ...(strangers ? [statement('Deny', { AWS: strangers })] : []),
      ...(from || notFrom ? [statement('Allow', '*')] : []),
      ...(from ? [statement('Deny', '*', condition('NotIpAddress', from))] : []),
      ...(notFrom ? [statement('Deny', '*', condition('IpAddress', notFrom))] : []),
    ]
  })
  // Without a policy everybody may call it.
  if (routes.length === 0 && (accounts ?? strangers ?? from ?? notFrom) !== undefined)
    throw samError(
      id,
      'The lists of ResourcePolicy are for routes of events, and the API has none. Use CustomStatements.',
    )
  const custom = own(given, 'CustomStatements')
  if (custom === undefined && made.length === 0) return body
  const Statement = made.length === 0 ? (custom ?? []) : [...made, ...listed(custom)]
  const before = own(body, name)
  if (before === undefined) return { ...body, [name]: { Version: '2012-10-17', Statement } }
  if (!isMap(before)) throw samError(id, `${name} of DefinitionBody should be a map.`)
  return { ...body, [name]: { ...before, Statement: [...listed(own(before, 'Statement')), ...listed(Statement)] } }
}

function listed(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : value === undefined ? [] : [value]
}

function listOf(id: string, given: ValueMap, list: string): readonly Value[] | undefined {
  const value = own(given, list)
  if (value === undefined) return undefined
  if (!isList(value)) throw samError(id, `Property 'Auth.ResourcePolicy.${list}' should be a list.`)
  return value.length === 0 ? undefined : value
}

function resourceOf({ method, path }: Route, stage: Value): ValueMap {
  const shown = `${method === 'any' ? '*' : method.toUpperCase()}${path.replaceAll(/\{[^}]+\}/g, '*')}`
  return { 'Fn::Sub': [`execute-api:/\${__Stage__}/${shown}`, { __Stage__: stage }] }
}
