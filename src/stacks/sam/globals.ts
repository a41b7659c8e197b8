import { invalid, isList, isMap, own, type Value, type ValueMap } from '../value.ts'

const types: Readonly<Record<string, string>> = {
  Function: 'AWS::Serverless::Function',
  Api: 'AWS::Serverless::Api',
  HttpApi: 'AWS::Serverless::HttpApi',
  SimpleTable: 'AWS::Serverless::SimpleTable',
  LayerVersion: 'AWS::Serverless::LayerVersion',
}

/**
 * Properties by resource type that the Globals section gives to all resources of the type. Throws ValidationError for a
 * section that there is not.
 */
export function readGlobals(section: Value | undefined): Readonly<Record<string, ValueMap>> {
  if (section === undefined) return {}
  if (!isMap(section)) throw invalid('Globals must be an object.')
  return Object.fromEntries(
    Object.entries(section).map(([name, value]) => {
      const type = own(types, name)
      if (type === undefined || !isMap(value)) {
        throw invalid(
          `'Globals' section is invalid: '${name}' is not supported. Supported: [${Object.keys(types).join(', ')}]`,
        )
      }
      return [type, value]
    }),
  )
}

/**
 * A resource's properties over the global ones: maps member by member, lists one after the other, all else replaced.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
 */
export function withGlobals(global: Value | undefined, local: Value | undefined): Value {
  if (local === undefined) return global ?? {}
  if (isMap(global) && isMap(local) && !isFunction(global) && !isFunction(local)) {
    const names = new Set([...Object.keys(global), ...Object.keys(local)])
    return Object.fromEntries([...names].map((name) => [name, withGlobals(own(global, name), own(local, name))]))
  }
  return isList(global) && isList(local) ? [...global, ...local] : local
}

/** An intrinsic function stands for a value of its own. */
function isFunction(map: ValueMap): boolean {
  const [name, ...others] = Object.keys(map)
  return others.length === 0 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'))
}
