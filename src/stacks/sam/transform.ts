import { checkShape, openShape } from '../parse.ts'
import { refuseMany } from '../template.ts'
import { invalid, isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import { implicitApis, transformApi, transformHttpApi } from './apis.ts'
import { embeddedConnectors, transformConnectors } from './connectors.ts'
import { transformFunction } from './function.ts'
import { readGlobals, withGlobals } from './globals.ts'
import { type Declared, type Output, samError, transformName } from './output.ts'
import { tagsOfRoutes } from './propagated-tags.ts'
import { rename } from './rename.ts'
import { transformLayer, transformTable } from './small.ts'

/**
 * The template that the transform AWS::Serverless-2016-10-31 makes: its serverless resources as those of CloudFormation.
 * What it knows and we do not make is refused by name. Throws ValidationError.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
 */
export function transformServerless(root: ValueMap): ValueMap {
  const { Globals, Transform, Resources, ...rest } = root
  const globals = readGlobals(Globals)
  const out: Output = { resources: new Map(), renamed: new Map(), routes: new Map() }
  const declared = declareAll(isMap(Resources) ? Resources : {}, globals)
  for (const each of declared.values())
    if (each.type === 'AWS::Serverless::Function') transformFunction(each, declared, out)
  for (const id of Object.keys(implicitApis)) {
    const implicit = implicitApis[id]
    if (!implicit || !out.routes.has(id) || declared.has(id)) continue
    const made = declare(id, implicit, globals)
    const tags = tagsOfRoutes(id, declared, out)
    const Tags = withGlobals(own(made.properties, 'Tags'), tags)
    declared.set(id, Object.keys(tags).length === 0 ? made : { ...made, properties: { ...made.properties, Tags } })
  }
  const connectors: Declared[] = []
  for (const each of declared.values()) {
    if (each.connectors !== undefined) connectors.push(...embeddedConnectors(each.id, each.connectors))
    if (each.type === 'AWS::Serverless::Connector') {
      connectors.push(each)
      continue
    }
    const transform = Object.hasOwn(kinds, each.type) ? kinds[each.type] : undefined
    if (transform) transform(each, out)
    else if (each.type.startsWith('AWS::Serverless::') && each.type !== 'AWS::Serverless::Function') {
      throw samError(each.id, `The type ${each.type} is not supported by Landfall yet.`)
    } else if (!out.resources.has(each.id)) out.resources.set(each.id, plain(each))
  }
  for (const id of out.routes.keys()) {
    if (!/^AWS::Serverless::(Http)?Api$/.test(declared.get(id)?.type ?? '')) {
      throw samError(id, 'Events name it as their API, and it is none that the transform makes.')
    }
  }
  transformConnectors(connectors, declared, out)
  const others = (isList(Transform) ? Transform : [Transform ?? '']).filter(
    (name) => name !== transformName && name !== '',
  )
  const made = {
    ...rest,
    ...(others.length === 0 ? {} : { Transform: others }),
    Resources: Object.fromEntries(out.resources),
  }
  // What is in many places is in memory once until names are changed in it.
  checkShape(made)
  return rename(made, out.renamed) as ValueMap
}

/** All resources, which with their global properties are together no larger than a template. */
function declareAll(resources: ValueMap, globals: Readonly<Record<string, ValueMap>>): Map<string, Declared> {
  const entries = Object.entries(resources)
  refuseMany('Resources', entries.length)
  const checkSize = openShape()
  return new Map(
    entries.map(([id, value]) => {
      const declared = declare(id, value, globals)
      checkSize(declared.properties)
      return [id, declared]
    }),
  )
}

const kinds: Readonly<Record<string, (declared: Declared, out: Output) => void>> = {
  'AWS::Serverless::Api': transformApi,
  'AWS::Serverless::HttpApi': transformHttpApi,
  'AWS::Serverless::SimpleTable': transformTable,
  'AWS::Serverless::LayerVersion': transformLayer,
}

function declare(id: string, value: Value, globals: Readonly<Record<string, ValueMap>>): Declared {
  if (!isMap(value)) throw invalid(`Template format error: [/Resources/${id}] resource definition is malformed`)
  const { Type, Properties, Connectors, ...rest } = value
  const type = typeof Type === 'string' ? Type : ''
  const attached = Connectors === undefined ? {} : { connectors: Connectors }
  if (!type.startsWith('AWS::Serverless::')) {
    return {
      id,
      type,
      properties: isMap(Properties) ? Properties : {},
      rest: Properties === undefined ? rest : { ...rest },
      ...attached,
    }
  }
  const { IgnoreGlobals: _, ...kept } = rest
  const ignored = own(value, 'IgnoreGlobals')
  const names = isList(ignored) ? ignored : []
  const all = Object.entries(own(globals, type) ?? {}).filter(([name]) => ignored !== '*' && !names.includes(name))
  const global = Object.fromEntries(all)
  const properties = withGlobals(global, Properties)
  if (!isMap(properties)) throw samError(id, 'Properties must be an object.')
  return { id, type, properties, rest: kept, ...attached }
}

/** As it stood. */
function plain({ type, properties, rest }: Declared): ValueMap {
  return { Type: type, ...(Object.keys(properties).length === 0 ? {} : { Properties: properties }), ...rest }
}
