import { describe, expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { refusal } from './prepared.fixture.ts'
import { places, template, value, withAt, yaml } from './template-arbitrary.fixture.ts'

describe('whatever a template holds, it is accepted or refused with ValidationError', () => {
  test('any text', async () => {
    const bits = fc.constantFrom(
      ...'{}[]:,&*!|>-?"\'#%@ \n\t',
      'Ref',
      '!Sub ',
      '<<: ',
      '&a ',
      '*a',
      '---\n',
      '...\n',
      '%TAG ! x\n',
      'Resources',
      '\0',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(bits).map((all) => all.join('')),
        ),
        async (text) => {
          await refusal(text)
          await refusal(`Resources:\n  A:\n    Type: T\n    Properties:\n      P: ${text}`)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('anything at every place of a template that is right, as JSON and as YAML', async () => {
    const right = {
      AWSTemplateFormatVersion: '2010-09-09',
      Description: 'x',
      Metadata: { a: 1 },
      Parameters: {
        P: { Type: 'String', Default: 'p', AllowedValues: ['p'] },
        L: { Type: 'List<Number>', Default: '1,2' },
      },
      Mappings: { M: { A: { B: 'x', C: ['y'] } } },
      Conditions: {
        C: { 'Fn::Equals': [{ Ref: 'P' }, 'p'] },
        D: { 'Fn::And': [{ Condition: 'C' }, { 'Fn::Not': [{ Condition: 'C' }] }] },
      },
      Resources: {
        A: {
          Type: 'T',
          DependsOn: ['B'],
          Condition: 'C',
          DeletionPolicy: 'Retain',
          Metadata: { b: 'c' },
          Properties: { x: { 'Fn::If': ['C', 1, { Ref: 'AWS::NoValue' }] } },
        },
        B: {
          Type: 'T',
          Properties: {
            x: { 'Fn::Sub': ['${P}${y}', { y: { 'Fn::FindInMap': ['M', 'A', 'B'] } }] },
            y: { 'Fn::Join': ['-', { Ref: 'L' }] },
          },
        },
      },
      Outputs: {
        O: {
          Value: { 'Fn::GetAtt': ['B', 'Arn'] },
          Export: { Name: { 'Fn::Select': [0, { 'Fn::Split': ['-', 'a-b'] }] } },
        },
      },
    }
    expect(await refusal(JSON.stringify(right))).toBeUndefined()
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places(right)), value, fc.boolean(), async (path, wrong, inserted) => {
        const changed = withAt(right, inserted ? [...path, 'Added'] : path, wrong)
        for (const text of [JSON.stringify(changed), yaml(changed)])
          if ((await refusal(text)) === undefined) accepted += 1
      }),
      { numRuns: 1_500 },
    )
    // Otherwise it is the same few refusals that are tested.
    expect(accepted).toBeGreaterThan(50)
  })

  test('templates of nothing but that', async () => {
    await fc.assert(
      fc.asyncProperty(template, async (made) => {
        for (const text of [JSON.stringify(made), yaml(made)]) await refusal(text)
      }),
      { numRuns: 300 },
    )
  })
})
