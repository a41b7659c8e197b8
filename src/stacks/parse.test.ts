import { describe, expect, test } from 'vitest'
import { parseTemplate } from './parse.ts'

const resources = (yaml: string) => parseTemplate(`Resources:\n  A:\n    Type: T\n    Properties:\n${yaml}`)
const properties = (yaml: string) =>
  (resources(yaml) as { Resources: { A: { Properties: Record<string, unknown> } } }).Resources.A.Properties

describe('reading a template', () => {
  test('YAML short forms become the long forms, nested in each other', () => {
    expect(
      properties(`
      P: !Ref Name
      Q: !GetAtt Table.Stream.Arn
      R: !Join ['-', [!Ref A, !Sub '\${B}-x']]
      S:
        Fn::Base64: !Sub
          - '\${x}'
          - x: !GetAtt [A, B]
      T: !If [Cond, 1, !Ref AWS::NoValue]
      U: !GetAZs ''
      V: !Select [0, !GetAZs ]
      W: !ImportValue other`),
    ).toEqual({
      P: { Ref: 'Name' },
      Q: { 'Fn::GetAtt': ['Table', 'Stream.Arn'] },
      R: { 'Fn::Join': ['-', [{ Ref: 'A' }, { 'Fn::Sub': `\${B}-x` }]] },
      S: { 'Fn::Base64': { 'Fn::Sub': [`\${x}`, { x: { 'Fn::GetAtt': ['A', 'B'] } }] } },
      T: { 'Fn::If': ['Cond', 1, { Ref: 'AWS::NoValue' }] },
      U: { 'Fn::GetAZs': '' },
      V: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
      W: { 'Fn::ImportValue': 'other' },
    })
  })

  test('dates stay text and digits keep their leading zeros', () => {
    expect(properties('      Version: 2012-10-17\n      Account: 012345678901\n      Rate: 1.10\n      N: 5')).toEqual({
      Version: '2012-10-17',
      Account: '012345678901',
      Rate: '1.10',
      N: 5,
    })
  })

  test('JSON is read, and a JSON error says where it is', () => {
    expect(parseTemplate('{"Resources": {"A": {"Type": "T"}}}')).toEqual({ Resources: { A: { Type: 'T' } } })
    expect(() => parseTemplate('{"Resources": \n {"A" "B"}}')).toThrow(/^Template format error: JSON not well-formed\./)
  })

  test('what is not a template is refused in CloudFormation’s words', () => {
    expect(() => parseTemplate('hello')).toThrow('Template format error: unsupported structure.')
    expect(() => parseTemplate('a: [1')).toThrow(
      /^Template format error: YAML not well-formed\. \(line \d+, column \d+\)/,
    )
    expect(() => parseTemplate('a: !Unknown x')).toThrow(/YAML not well-formed.*Unknown/)
    expect(() => parseTemplate('a: 1\na: 2')).toThrow(/YAML not well-formed.*unique/)
    expect(() => parseTemplate('Resources:\n  A:\n')).toThrow(
      "[/Resources/A] 'null' values are not allowed in templates",
    )
  })

  test('aliases that expand without end, and nesting without end, are refused', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
    for (let i = 1; i < 12; i++) {
      const [from, to] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)]
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(',')}]`)
    }
    expect(() => parseTemplate(bomb.join('\n'))).toThrow(/^Template format error/)
    expect(() => parseTemplate(`a: ${'['.repeat(20_000)}`)).toThrow(/^Template format error/)
    expect(() => parseTemplate(`{"a":${'['.repeat(200)}1${']'.repeat(200)}}`)).toThrow(/nested too deeply/)
  })

  test('a member called __proto__ is data', () => {
    const read = parseTemplate('{"Resources":{"__proto__":{"Type":"T"}}}') as { Resources: object }
    expect(Object.keys(read.Resources)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>).Type).toBeUndefined()
  })
})
