import { isList, isMap, own, type Value, type ValueMap } from '../value.ts'
import { attributesOf, logicalIdOf, readEnd } from './connector-ends.ts'
import { type Category, type End, joined, onBehalf, type Profile, profiles, type Side } from './connector-profiles.ts'
import { add, type Declared, type Output, refuseOthers, samError } from './output.ts'

const connectorType = 'AWS::Serverless::Connector'
const version = '2012-10-17'

/** A connector with one of its destinations, and what is made for the two is called. */
interface Link {
  readonly connector: Declared
  readonly Source: End
  readonly Destination: End
  readonly suffix: string
}

/**
 * Connectors that are attached to a resource, as resources of their own: the resource is their source.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/managing-permissions-connectors.html
 */
export function embeddedConnectors(id: string, attached: Value): Declared[] {
  if (!isMap(attached)) throw samError(id, `Attribute '${id}.Connectors' should be a map.`)
  return Object.entries(attached).map(([name, value]) => {
    if (!isMap(value)) throw samError(id + name, `${id}.${id}${name} should be a map.`)
    const { Properties, ...rest } = value
    if (!isMap(Properties)) throw samError(id, `Attribute 'Connectors.${name}.Properties' should be a map.`)
    const { SourceReference = {}, ...properties } = Properties
    if (!isMap(SourceReference))
      throw samError(id, `Property 'Connectors.${name}.Properties.SourceReference' should be a map.`)
    if (own(SourceReference, 'Id') !== undefined)
      throw samError(name, "'Id' shouldn't be defined in 'SourceReference'.")
    return {
      id: id + name,
      type: connectorType,
      properties: { ...properties, Source: { ...SourceReference, Id: id } },
      rest,
    }
  })
}

/** Makes the policies of connectors, when all else has been made. */
export function transformConnectors(
  connectors: readonly Declared[],
  declared: ReadonlyMap<string, Declared>,
  out: Output,
): void {
  const made = new Map<string, string[]>()
  for (const connector of connectors) made.set(connector.id, connect(connector, declared, out))
  for (const [id, resource] of out.resources) {
    const before = own(resource, 'DependsOn')
    const names = isList(before) ? before : before === undefined ? [] : [before]
    if (!names.some((name) => typeof name === 'string' && made.has(name))) continue
    const after = names.flatMap((name): Value[] => (typeof name === 'string' ? made.get(name) : undefined) ?? [name])
    out.resources.set(id, { ...resource, DependsOn: [...new Set(after)] })
  }
}

function connect(connector: Declared, declared: ReadonlyMap<string, Declared>, out: Output): string[] {
  const { id, properties } = connector
  refuseOthers(id, properties, ['Source', 'Destination', 'Permissions'])
  const [source, destination] = [own(properties, 'Source'), own(properties, 'Destination')]
  if (!isMap(source)) throw samError(id, "Missing required property 'Source'.")
  if (!isMap(destination) && !isList(destination)) throw samError(id, "Missing required property 'Destination'.")
  const all = isList(destination) ? destination : [destination]
  if (all.length === 0) throw samError(id, "'Destination' is an empty list")
  return all.flatMap((each, index) => {
    if (!isMap(each)) throw samError(id, "Property 'Destination' should be a map.")
    const link = {
      connector,
      Source: readEnd(id, source, each, out.resources),
      Destination: readEnd(id, each, source, out.resources),
      suffix: isList(destination) ? `Destination${index}` : '',
    }
    const before = new Set(out.resources.keys())
    grantLink(link, out, declared)
    return [...out.resources.keys()].filter((made) => !before.has(made))
  })
}

function grantLink(link: Link, out: Output, declared: ReadonlyMap<string, Declared>): void {
  const { connector, Source, Destination } = link
  const profile = own(own(profiles, Source.type) ?? {}, Destination.type)
  if (!profile) {
    const pair = `from ${Source.type} to ${Destination.type}`
    throw samError(connector.id, `Unable to create connector ${pair}; it's not supported or the template is invalid.`)
  }
  const categories = readPermissions(link, profile)
  const attributes = attributesOf(connector.rest)
  const metadata = own(attributes, 'Metadata')
  const shown = ({ id, type }: End) => ({ Type: (id === undefined ? undefined : declared.get(id)?.type) ?? type })
  const said = {
    ...attributes,
    Metadata: {
      ...(isMap(metadata) ? metadata : {}),
      'aws:sam:connectors': { [connector.id]: { Source: shown(Source), Destination: shown(Destination) } },
    },
  }
  const name = (what: string) => `${connector.id}${what}${link.suffix}`
  if (profile.kind === 'role') grantRole(link, profile, categories, name('Policy'), said, out)
  else if (profile.kind === 'function')
    add(out, name('WriteLambdaPermission'), 'AWS::Lambda::Permission', permissionOf(link, profile), said)
  else grantAccess(link, profile, name, said, out)
}

/** A policy of the queue or topic itself. */
function grantAccess(
  link: Link,
  { kind, principal, action }: Extract<Profile, { kind: 'queue' | 'topic' }>,
  name: (what: string) => string,
  said: ValueMap,
  out: Output,
): void {
  const [source, resource] = [needed(link, 'Source', 'Arn'), needed(link, 'Destination', 'Arn')]
  const PolicyDocument = { Version: version, Statement: [onBehalf(principal, action, resource, source)] }
  if (kind === 'topic') {
    add(out, name('TopicPolicy'), 'AWS::SNS::TopicPolicy', { Topics: [resource], PolicyDocument }, said)
    return
  }
  const url = link.Destination.queueUrl
  if (url === undefined) throw samError(link.connector.id, "Unable to get SQS queue URL from 'Destination' resource.")
  add(out, name('QueuePolicy'), 'AWS::SQS::QueuePolicy', { Queues: [url], PolicyDocument }, said)
}

function readPermissions({ connector, Source, Destination }: Link, profile: Profile): readonly Category[] {
  const given = own(connector.properties, 'Permissions')
  if (!isList(given)) throw samError(connector.id, "Missing required property 'Permissions'.")
  const valid = profile.kind === 'role' ? (Object.keys(profile.grants) as Category[]) : (['Write'] as const)
  if (given.length === 0)
    throw samError(connector.id, `'Permissions' cannot be empty; valid values are: ${valid.join(', ')}.`)
  const what = `Unsupported 'Permissions' provided for connector from ${Source.type} to ${Destination.type};`
  if (given.some((one) => !valid.some((name) => name === one)))
    throw samError(connector.id, `${what} valid values are: ${valid.join(', ')}.`)
  const wanted = valid.filter((name) => given.includes(name))
  if (profile.kind === 'role' && profile.together && wanted.length < valid.length)
    throw samError(connector.id, `${what} valid combinations are: ${[...valid].sort().join(' + ')}.`)
  return wanted
}

function grantRole(
  link: Link,
  { of, grants, mapped }: Extract<Profile, { kind: 'role' }>,
  categories: readonly Category[],
  id: string,
  said: ValueMap,
  out: Output,
): void {
  const Statement = categories.flatMap((category) => {
    const grant = grants[category]
    if (!grant) return []
    const arn = needed(link, grant.of, 'Arn')
    const Resource = grant.suffixes.map((suffix) => joined(`${grant.of}Arn`, arn, suffix))
    return [{ Effect: 'Allow', Action: grant.actions, Resource }]
  })
  const role = link[of].roleName
  if (role === undefined) throw samError(link.connector.id, `Unable to get IAM role name from '${of}' resource.`)
  const policy = { PolicyDocument: { Version: version, Statement }, Roles: [role] }
  add(out, id, 'AWS::IAM::ManagedPolicy', policy, said)
  if (!mapped) return
  const mappings = [...out.resources].filter(([, resource]) => isMapping(resource, link))
  const [first, ...others] = mappings
  if (!first || others.length > 0) return
  const before = own(first[1], 'DependsOn') ?? []
  out.resources.set(first[0], { ...first[1], DependsOn: [...(isList(before) ? before : [before]), id] })
}

function isMapping(resource: ValueMap, { Source, Destination }: Link): boolean {
  const properties = own(resource, 'Properties')
  if (own(resource, 'Type') !== 'AWS::Lambda::EventSourceMapping' || !isMap(properties)) return false
  const [from, to] = [logicalIdOf(own(properties, 'EventSourceArn')), logicalIdOf(own(properties, 'FunctionName'))]
  return from !== undefined && to !== undefined && from === Source.id && to === Destination.id
}

function permissionOf(link: Link, { principal, account, api }: Extract<Profile, { kind: 'function' }>): ValueMap {
  const { connector, Destination } = link
  const source = api ? apiArn(link) : needed(link, 'Source', 'Arn')
  if (Destination.arn === undefined)
    throw samError(connector.id, "Unable to get Lambda function ARN from 'Destination' resource.")
  return {
    Action: 'lambda:InvokeFunction',
    FunctionName: Destination.arn,
    Principal: principal,
    SourceArn: source,
    ...(account ? { SourceAccount: { 'Fn::Sub': '${AWS::AccountId}' } } : {}),
  }
}

function apiArn(link: Link): Value {
  const values = {
    SourceResourceId: needed(link, 'Source', 'ResourceId'),
    SourceQualifier: needed(link, 'Source', 'Qualifier'),
  }
  const arn = 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:'
  return { 'Fn::Sub': [`${arn}\${SourceResourceId}/\${SourceQualifier}`, values] }
}

function needed(link: Link, side: Side, what: 'Arn' | 'ResourceId' | 'Qualifier'): Value {
  const end = link[side]
  const found = { Arn: end.arn, ResourceId: end.resourceId, Qualifier: end.qualifier }[what]
  if (found === undefined) throw samError(link.connector.id, `${side}.${what} is missing.`)
  return found
}
