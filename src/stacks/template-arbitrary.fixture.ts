import fc from '../../test/fast-check.ts'

const name = fc.constantFrom(
  'A',
  'B',
  'P',
  'L',
  'C',
  'D',
  'M',
  'AWS::Region',
  'AWS::NoValue',
  'constructor',
  '__proto__',
)
const leaf = fc.oneof(
  name,
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    'String',
    'Number',
    'CommaDelimitedList',
    'List<Number>',
    'AWS::SQS::Queue',
    'Retain',
    'Delete',
    '',
    'a,b',
  ),
  fc.constantFrom('${A}', '${A.Arn}', '${P}-${x}', '${!x}', '${', '${}', '${constructor}', 'A.Arn', '.', 'a.'),
  fc.constantFrom('10.0.0.0/16', '::ffff:1.2.3.4/64', 'fe80::1%eth0/64', '1::/200', '0/0'),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
)
const call = fc.constantFrom(
  ...['Ref', 'Fn::GetAtt', 'Fn::Sub', 'Fn::Join', 'Fn::Select', 'Fn::Split', 'Fn::FindInMap', 'Fn::If', 'Fn::Base64'],
  ...[
    'Fn::ImportValue',
    'Fn::GetAZs',
    'Fn::Cidr',
    'Fn::And',
    'Fn::Or',
    'Fn::Not',
    'Fn::Equals',
    'Condition',
    'Fn::Nope',
  ],
  ...['Fn::Transform', 'Fn::Length'],
)
export const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.tuple(call, tie('value')).map(([key, argument]) => ({ [key]: argument })),
    fc.tuple(call, fc.array(tie('value'), { minLength: 1, maxLength: 4 })).map(([key, list]) => ({ [key]: list })),
    fc.dictionary(fc.oneof(name, call), tie('value'), { maxKeys: 3 }),
  ),
}))
/** Mostly what belongs there, now and then anything. */
const mostly = <T>(expected: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: expected }, { weight: 1, arbitrary: value })
const section = <T>(entry: fc.Arbitrary<T>) =>
  mostly(
    fc.dictionary(
      mostly(fc.constantFrom('A', 'B', 'P', 'L', 'C', 'D', 'M')).map((key) =>
        typeof key === 'string' ? key : JSON.stringify(key),
      ),
      mostly(entry),
      {
        maxKeys: 4,
      },
    ),
  )
const some = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] })

export const template = fc.record(
  {
    Resources: section(
      fc.record(
        {
          Type: mostly(fc.constantFrom('AWS::SQS::Queue', 'T')),
          Properties: mostly(fc.dictionary(fc.string({ maxLength: 4 }), value, { maxKeys: 3 })),
          DependsOn: mostly(name),
          Condition: mostly(fc.constantFrom('C', 'D')),
          DeletionPolicy: mostly(fc.constantFrom('Retain', 'Delete')),
          Metadata: value,
        },
        { requiredKeys: ['Type'] },
      ),
    ),
    Parameters: section(
      some({
        Type: mostly(fc.constantFrom('String', 'Number', 'CommaDelimitedList')),
        Default: mostly(fc.constantFrom('1', 'a,b', '')),
        NoEcho: leaf,
        AllowedValues: mostly(fc.array(leaf)),
        MinLength: leaf,
        MaxValue: leaf,
      }),
    ),
    Mappings: section(fc.dictionary(name, mostly(fc.dictionary(name, leaf)))),
    Conditions: section(value),
    Outputs: section(some({ Value: value, Description: leaf, Condition: leaf, Export: mostly(some({ Name: value })) })),
    Transform: fc.oneof(fc.constant('AWS::Serverless-2016-10-31'), value),
    Description: leaf,
    Other: value,
  },
  { requiredKeys: ['Resources'] },
)

/** A value as YAML with the short forms of functions, flow style. */
export function yaml(item: unknown): string {
  if (Array.isArray(item)) return `[${item.map(yaml).join(', ')}]`
  if (typeof item !== 'object' || item === null) return JSON.stringify(item) ?? 'null'
  const entries = Object.entries(item)
  const [[key, argument] = ['', undefined]] = entries
  const short = key.startsWith('Fn::') ? key.slice(4) : key
  if (
    entries.length === 1 &&
    (key.startsWith('Fn::') || key === 'Ref' || key === 'Condition') &&
    !short.includes(':')
  ) {
    const nested = yaml(argument)
    // A tag is not followed by another.
    return nested.startsWith('!') ? `{${JSON.stringify(key)}: ${nested}}` : `!${short} ${nested}`
  }
  return `{${entries.map(([member, inner]) => `${JSON.stringify(member)}: ${yaml(inner)}`).join(', ')}}`
}

/** The path of every value in `item`. */
export function places(item: unknown, path: readonly string[] = []): (readonly string[])[] {
  const inner = typeof item === 'object' && item !== null ? Object.entries(item) : []
  return [path, ...inner.flatMap(([key, member]) => places(member, [...path, key]))]
}

/** `item` with another value at a path. */
export function withAt(item: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other
  if (Array.isArray(item)) return item.map((member, i) => (String(i) === key ? withAt(member, rest, other) : member))
  if (typeof item !== 'object' || item === null) return { [key]: other }
  return { ...item, [key]: withAt((item as Record<string, unknown>)[key], rest, other) }
}
