import { describe, expect, test } from 'vitest'
import { templateNames } from '../names.ts'
import { parseTemplate } from '../parse.ts'
import { readDeclarations, readNaming } from '../template.ts'
import { isMap, Unresolved, type ValueMap } from '../value.ts'
import { extendLanguage, refuseExtensions } from './language-extensions.ts'
import { applySnippets, declaredTransforms } from './snippets.ts'

const names = (root: ValueMap, parameters: Record<string, string>) =>
  templateNames(
    { ...readNaming(root), ...readDeclarations(root) },
    {
      account: '000000000000',
      region: 'eu-west-1',
      stackId: 'arn:aws:cloudformation:eu-west-1:000000000000:stack/s/1',
      stackName: 's',
      notificationArns: [],
      parameters,
      exported: (name) => new Unresolved([name]),
    },
    { ref: (id) => new Unresolved([id]), getAtt: (id) => new Unresolved([id]) },
  )
const extended = (yaml: string, parameters: Record<string, string> = {}) => {
  const root = parseTemplate(yaml)
  return extendLanguage(root, (part) => names({ Parameters: root.Parameters ?? {}, ...part }, parameters))
}
const resources = (yaml: string, parameters?: Record<string, string>) => extended(yaml, parameters).Resources

describe('AWS::LanguageExtensions', () => {
  test('counts the turns of loops, whatever is in them', () => {
    const numbers = Array.from({ length: 10_000 }, (_, i) => i).join()
    const loops = "Fn::ForEach::A: [X, !FindInMap [M, A, B], {'Fn::ForEach::B': [Y, !FindInMap [M, A, B], {}]}]"
    expect(() => extended(`Mappings: {M: {A: {B: [${numbers}]}}}\nResources: {${loops}}`)).toThrow('makes more than')
  })

  test('writes out loops, in each other, with both forms of the identifier', () => {
    const made = extended(
      `
Parameters: {Names: {Type: CommaDelimitedList}}
Conditions:
  Fn::ForEach::Is: [Name, !Ref Names, {'Is&{Name}': !Equals [!Ref Name, a.b]}]
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - 'Q&{Name}':
        Type: AWS::SQS::Queue
        Condition: 'Is&{Name}'
        Properties: {QueueName: !Ref Name, Other: !Sub '\${Name}-\${AWS::Region}'}
      Fn::ForEach::Topics:
        - Kind
        - [x, y]
        - 'T&{Name}\${Kind}': {Type: AWS::SNS::Topic, Properties: {TopicName: '\${Name}\${Kind}'}}
Outputs:
  Fn::ForEach::Urls: [Name, !Ref Names, {'Url&{Name}': {Value: !GetAtt ['Q&{Name}', Arn]}}]`,
      { Names: 'a.b, c' },
    )
    expect(made).toMatchObject({
      Conditions: { Isab: { 'Fn::Equals': ['a.b', 'a.b'] }, Isc: { 'Fn::Equals': ['c', 'a.b'] } },
      Resources: {
        Qab: { Condition: 'Isab', Properties: { QueueName: 'a.b', Other: { 'Fn::Sub': `a.b-\${AWS::Region}` } } },
        Qc: { Properties: { QueueName: 'c' } },
        Tabx: { Properties: { TopicName: 'a.bx' } },
        Tcy: { Properties: { TopicName: 'cy' } },
      },
      Outputs: { Urlc: { Value: { 'Fn::GetAtt': ['Qc', 'Arn'] } } },
    })
    expect(Object.keys(made.Resources as ValueMap)).toEqual(['Qab', 'Tabx', 'Taby', 'Qc', 'Tcx', 'Tcy'])
  })

  test('gives functions their values, and leaves what waits for resources', () => {
    const made = resources(
      `
Parameters: {Env: {Type: String}, List: {Type: CommaDelimitedList}}
Mappings: {Sizes: {prod: {size: 9}}}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  A:
    Type: T
    DeletionPolicy: !If [Prod, Retain, Delete]
    UpdateReplacePolicy: !FindInMap [Sizes, !Ref Env, policy, {DefaultValue: Retain}]
    Properties:
      Count: {Fn::Length: !Ref List}
      Size: !FindInMap [Sizes, !Ref Env, size, {DefaultValue: 3}]
      Json: {Fn::ToJsonString: {a: !Ref Env, b: [1, true]}}
      Later: {Fn::ToJsonString: {a: !Ref B}}
      Named: !GetAtt [!Sub '\${Env}', Arn]
  dev: {Type: T}
  B: {Type: T}`,
      { Env: 'dev', List: 'a,b,c' },
    )
    expect(made).toMatchObject({
      A: {
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          Count: 3,
          Size: 3,
          Json: '{"a":"dev","b":[1,true]}',
          Later: { 'Fn::ToJsonString': { a: { Ref: 'B' } } },
          Named: { 'Fn::GetAtt': ['dev', 'Arn'] },
        },
      },
    })
  })

  test.each([
    ['Fn::ForEach::L: [X, [a, b], {Same: {Type: T}}]', 'makes the key Same more than once'],
    ["Fn::ForEach::L: [X, !Ref Q, {'Q${X}': {Type: T}}]\n  Q: {Type: T}", 'known before anything is made'],
    ["Fn::ForEach::L: [X, [a], {'Q${X}': {Type: T}}, 1]", 'a list of three'],
    ["Fn::ForEach: [X, [a], {'Q${X}': {Type: T}}]", 'needs a name'],
    ["Fn::ForEach::L: [X, [a], {Fn::ForEach::M: [X, [a], {'Q${X}': {Type: T}}]}]", 'X is used already'],
    ['A: {Type: T, DeletionPolicy: !GetAtt A.Arn}', 'DeletionPolicy takes only functions'],
  ])('refuses %s', (yaml, message) => {
    expect(() => resources(`Resources:\n  ${yaml}`)).toThrow(message)
  })

  test('what loops make together is bounded', () => {
    const items = `[${Array.from({ length: 60 }, (_, i) => `i${i}`).join(', ')}]`
    const loop = `Fn::ForEach::A: [A, ${items}, {Fn::ForEach::B: [B, ${items}, {Fn::ForEach::C: [C, ${items}, {'Q\${A}\${B}\${C}': {Type: T}}]}]}]`
    expect(() => resources(`Resources:\n  ${loop}`)).toThrow('makes more than 30000 values')
    const long = `{'Q\${A}\${B}': {Type: T, Metadata: '\${A} ${'x'.repeat(10_000)}'}}`
    const large = `Fn::ForEach::A: [A, ${items}, {Fn::ForEach::B: [B, ${items}, ${long}]}]`
    expect(() => resources(`Resources:\n  ${large}`)).toThrow('makes more than 2097152 characters')
    const [item, names] = ['x'.repeat(4_000), '${A}'.repeat(200_000)]
    const single = `Fn::ForEach::A: [A, [${item}], {Q: {Type: T, Metadata: '${names}'}}]`
    expect(() => resources(`Resources:\n  ${single}`)).toThrow('makes more than 2097152 characters')
  })

  test('without it, what it brings is refused by name', () => {
    const refused = (yaml: string) => () => refuseExtensions(parseTemplate(`Resources: {A: ${yaml}}`))
    expect(refused('{Fn::Length: []}')).toThrow('Fn::Length needs the transform AWS::LanguageExtensions')
    expect(refused('{Fn::ForEach::L: []}')).toThrow('Fn::ForEach::L needs the transform')
    expect(refused('!FindInMap [a, b, c, {DefaultValue: d}]')).toThrow('Fn::FindInMap with a DefaultValue')
    expect(refused('!FindInMap [a, b, c]')).not.toThrow()
  })
})

test('macros of parts come deepest first, then in their order; each gets what stands beside it', async () => {
  const root = parseTemplate(`
Transform: [Last]
Resources:
  Fn::Transform: [{Name: One, Parameters: {P: 1}}, Two]
  A: {Type: T, Properties: {P: !Transform {Name: Deep}}}`)
  expect(declaredTransforms(root)).toEqual(['Last', 'One', 'Two', 'Deep'])
  const calls: unknown[] = []
  const made = await applySnippets(root, async ({ name, parameters }, fragment) => {
    calls.push([name, parameters, fragment])
    return name === 'Deep' ? 'text' : { ...fragment, [name]: { Type: name } }
  })
  const deep = { Type: 'T', Properties: { P: 'text' } }
  expect(calls).toEqual([
    ['Deep', {}, {}],
    ['One', { P: 1 }, { A: deep }],
    ['Two', {}, { A: deep, One: { Type: 'One' } }],
  ])
  expect(isMap(made) && made.Resources).toEqual({ A: deep, One: { Type: 'One' }, Two: { Type: 'Two' } })
})
