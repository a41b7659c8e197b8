import { describe, expect, test } from 'vitest'
import { dependencyGraph } from './graph.ts'
import { evaluate } from './intrinsics.ts'
import { templateNames } from './names.ts'
import { resolveParameters } from './parameters.ts'
import { parseTemplate } from './parse.ts'
import { checkReferences } from './references.ts'
import { readTemplate } from './template.ts'
import { Unresolved, type Value } from './value.ts'

const read = (yaml: string) => {
  const template = readTemplate(parseTemplate(yaml))
  checkReferences(template)
  return template
}
const environment = {
  account: '000000000000',
  region: 'eu-west-1',
  stackId: 'arn:aws:cloudformation:eu-west-1:000000000000:stack/s/1',
  stackName: 's',
  notificationArns: [],
  parameters: {},
  exported: (name: string) => (name === 'shared' ? 'imported' : undefined),
}
const open = { ref: (id: string) => new Unresolved([id]), getAtt: (id: string) => new Unresolved([id]) }
const made = { ref: (id: string) => `${id}-id`, getAtt: (id: string, name: string) => `${id}.${name}` }

function value(yaml: string, sections = '', resources: typeof open | typeof made = made) {
  const template = read(
    `${sections}\nResources:\n  A:\n    Type: T\n  B:\n    Type: T\n    Properties:\n      P: ${yaml}`,
  )
  const names = templateNames(template, environment, resources)
  return (evaluate(template.resources.B?.properties as Value, names) as { P: unknown }).P
}

describe('intrinsic functions', () => {
  test.each([
    ['!Ref A', 'A-id'],
    ['!Ref AWS::Region', 'eu-west-1'],
    ['!Ref AWS::NoValue', undefined],
    ['[1, !Ref AWS::NoValue, 2]', [1, 2]],
    ['!GetAtt A.Stream.Arn', 'A.Stream.Arn'],
    ["!Sub '${AWS::StackName}-${A}-${A.Arn}-${!Lit}-${x'", `s-A-id-A.Arn-\${Lit}-\${x`],
    ["!Sub ['${x}${A}', {x: !Ref AWS::Partition, A: own}]", 'awsown'],
    ["!Join [':', [a, !Ref A, 1, true]]", 'a:A-id:1:true'],
    ["!Select [1, !Split [',', 'a,b,c']]", 'b'],
    ['!GetAZs us-east-1', ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ['!GetAZs ""', ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
    ['{"Fn::Base64": "héllo"}', Buffer.from('héllo').toString('base64')],
    ['!ImportValue shared', 'imported'],
    ["!Cidr ['10.1.2.3/16', 3, 8]", ['10.1.0.0/24', '10.1.1.0/24', '10.1.2.0/24']],
    ["!Cidr ['2001:db8::/56', 2]", ['2001:db8::/64', '2001:db8:0:1::/64']],
  ])('%s', (yaml, expected) => {
    expect(value(yaml)).toEqual(expected)
  })

  test('a value that waits for a resource stays open, and says what it waits for', () => {
    const waiting = value("!Join ['', [a, !Ref A, !Base64 x]]", '', open)
    expect(waiting).toEqual(new Unresolved(['A']))
  })

  test('mappings and conditions', () => {
    const sections = `
Parameters: {Stage: {Type: String, Default: prod}}
Mappings: {M: {prod: {size: 10, zones: [a, b]}}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Other: !Or [!Not [!Condition IsProd], !And [!Condition IsProd, !Equals ['1', 1]]]`
    const template = read(
      `${sections}\nResources: {A: {Type: T, Condition: Other, Properties: {P: !If [IsProd, !FindInMap [M, !Ref Stage, size], no]}}}`,
    )
    const names = templateNames(template, { ...environment, parameters: { Stage: 'prod' } }, made)
    expect(evaluate(template.resources.A?.properties as Value, names)).toEqual({ P: 10 })
    const test_ = templateNames(template, { ...environment, parameters: { Stage: 'test' } }, made)
    expect(evaluate(template.resources.A?.properties as Value, test_)).toEqual({ P: 'no' })
    expect([...dependencyGraph(template, test_.condition).keys()]).toEqual(['A'])
  })

  test.each([
    ['!ImportValue none', 'No export named none found.'],
    ['!FindInMap [M, a, b]', "Template error: Mapping named 'M' is not present in the 'Mappings' section of template."],
    ['!Select [3, [a]]', 'cannot select nonexistent value at index 3'],
    ['{"Fn::Nope": 1}', 'Template error: Encountered unsupported function: Fn::Nope'],
    ['{"Fn::Length": a}', 'every Fn::Length object must have a list as its value'],
    ['{"Fn::Transform": M}', 'Fn::Transform cannot be used here'],
    ["!Join ['', {a: b}]", 'every Fn::Join object requires two parameters'],
    ["!Sub '${a b}'", 'variable names in Fn::Sub syntax'],
    ['!GetAtt A', 'every Fn::GetAtt object requires two non-empty parameters'],
    ["!Cidr ['10.0.0.0/30', 4, 8]", 'Fn::Cidr cannot cut'],
    ['!Ref constructor', 'Unresolved resource dependencies [constructor]'],
  ])('%s is refused', (yaml, message) => {
    expect(() => value(yaml)).toThrow(message)
  })
})

test('custom resources may say a version', () => {
  for (const type of ['Custom::S3', 'AWS::CloudFormation::CustomResource']) {
    const { A } = read(`Resources: {A: {Type: "${type}", Version: 1.0, Properties: {}}}`).resources
    expect(A).toMatchObject({ type, properties: {} })
  }
})

describe('a template is refused', () => {
  const one = 'Resources: {A: {Type: T}}'
  test.each([
    [`Foo: 1\n${one}`, 'Invalid template property or properties [Foo]'],
    ['Description: x', 'Template format error: At least one Resources member must be defined.'],
    [
      `AWSTemplateFormatVersion: 2011-01-01\n${one}`,
      'Template format error: unsupported value for AWSTemplateFormatVersion.',
    ],
    ['Resources: {A: {Type: T, Foo: 1}}', "Invalid template resource property 'Foo'"],
    ["Resources: {A: {Type: T, Version: '1.0'}}", "Invalid template resource property 'Version'"],
    ['Resources: {A: {}}', 'Every Resources object must contain a Type member.'],
    ['Resources: {a-b: {Type: T}}', 'Template format error: Resource name a-b is non alphanumeric.'],
    ['Resources: {A: {Type: T, DeletionPolicy: Snapshot}}', 'Snapshot is not supported'],
    [
      'Resources: {A: {Type: T, DependsOn: X}}',
      'Template format error: Unresolved resource dependencies [X] in the Resources block of the template',
    ],
    ['Resources: {A: {Type: T, Condition: X}}', 'Unresolved condition dependency X in the Resources block'],
    [
      'Resources: {A: {Type: T, Properties: {P: !GetAtt X.Y}}}',
      'Template error: instance of Fn::GetAtt references undefined resource X',
    ],
    [
      `${one}\nOutputs: {O: {Value: !Ref X}}`,
      'Unresolved resource dependencies [X] in the Outputs block of the template',
    ],
    [
      `Conditions: {C: !Equals [!Ref A, 1]}\n${one}`,
      'Unresolved dependencies [A]. Cannot reference resources in the Conditions block',
    ],
    [`Hooks: {R: {}}\n${one}`, 'Hooks is not supported'],
    [`Parameters: {P: {Type: Foo}}\n${one}`, 'Template format error: Unrecognized parameter type: Foo'],
    [`Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<Foo>'}}\n${one}`, 'AWS::SSM::Parameter::Value<Foo>'],
    [`Parameters: {P: {Type: String, Foo: 1}}\n${one}`, "Invalid template parameter property 'Foo'"],
  ])('%s', (yaml, message) => {
    expect(() => read(yaml)).toThrow(message)
  })

  test('resources that need each other are named, those around them are not', () => {
    const template = read(`Resources:
  Before: {Type: T, DependsOn: A}
  A: {Type: T, Properties: {P: !Ref B}}
  B: {Type: T, Properties: {P: !Sub '\${C.Arn}'}}
  C: {Type: T, DependsOn: [A, After]}
  After: {Type: T}`)
    expect(() => dependencyGraph(template, () => true)).toThrow('Circular dependency between resources: [A, B, C]')
  })

  test('a resource that needs one whose condition is false', () => {
    const template = read(
      'Conditions: {No: !Equals [a, b]}\nResources: {A: {Type: T, Condition: No}, B: {Type: T, Properties: {P: !Ref A}}, C: {Type: T, Properties: {P: !If [No, !Ref A, x]}}}',
    )
    expect(() => dependencyGraph(template, () => false)).toThrow(
      'Unresolved resource dependencies [A] in the Resources block',
    )
  })
})

describe('parameters', () => {
  const matches = async (pattern: string, text: string) => new RegExp(pattern).test(text)
  const resolve = (
    declared: string,
    given: Parameters<typeof resolveParameters>[1],
    previous?: Record<string, string>,
  ) =>
    resolveParameters(
      read(`Parameters: {P: ${declared}}\nResources: {A: {Type: T}}`).parameters,
      given,
      previous,
      matches,
    )
  const p = (ParameterValue: string) => [{ ParameterKey: 'P', ParameterValue }]

  test('a given value wins over the default; the previous one is taken when asked for', async () => {
    expect(await resolve('{Type: String, Default: d}', [])).toEqual({ P: 'd' })
    expect(await resolve('{Type: Number, Default: 1}', p('2'))).toEqual({ P: '2' })
    expect(await resolve('{Type: String}', [{ ParameterKey: 'P', UsePreviousValue: true }], { P: 'old' })).toEqual({
      P: 'old',
    })
  })

  test.each([
    ['{Type: String}', [], 'Parameters: [P] must have values'],
    [
      '{Type: String, Default: x}',
      [{ ParameterKey: 'Q', ParameterValue: '1' }],
      'Parameters: [Q] do not exist in the template',
    ],
    ['{Type: String, AllowedValues: [a, b]}', p('c'), "Parameter 'P' must be one of AllowedValues"],
    ['{Type: String, AllowedPattern: "[a-z]+"}', p('a1'), "Parameter 'P' must match pattern [a-z]+"],
    [
      '{Type: String, AllowedPattern: "[a-z]+", ConstraintDescription: lower}',
      p('A'),
      'Parameter P failed to satisfy constraint: lower',
    ],
    ['{Type: String, MinLength: 3}', p('ab'), "Parameter 'P' must contain at least 3 characters"],
    ['{Type: Number, MaxValue: 3}', p('4'), "Parameter 'P' must be a number not greater than 3"],
    ['{Type: Number}', p('x'), "Parameter 'P' must be a number"],
    ['{Type: List<Number>}', p('1, x'), "Parameter 'P' must be a number"],
    ['{Type: String}', [{ ParameterKey: 'P', UsePreviousValue: true }], 'usePreviousValue'],
  ])('%s with %j', async (declared, given, message) => {
    await expect(resolve(declared, given)).rejects.toThrow(message)
  })
})
