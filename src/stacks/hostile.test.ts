import { describe, expect, test } from 'vitest'
import type { ResourceSchema } from '../kernel/model.ts'
import { compareLive } from './drift.ts'
import { parseTemplate } from './parse.ts'
import { refusal } from './prepared.fixture.ts'
import { transformName } from './sam/output.ts'
import { transformServerless } from './sam/transform.ts'

describe('a template made to take all the time or memory there is is refused, or done with at once', () => {
  const resource = (properties: string) => `Resources: {A: {Type: T, Properties: {P: ${properties}}}}`
  const wide = (piece: string, times: number, with_ = ', ') => Array<string>(times).fill(piece).join(with_)
  const long = `Parameters: {P: {Type: String, Default: ${'x'.repeat(4_000)}}, L: {Type: CommaDelimitedList, Default: '${wide('x', 2_000, ',')}'}, E: {Type: String, Default: ''}}\n`

  const times = <T>(count: number, item: T) => Array<T>(count).fill(item)
  const mapped = { 'Fn::FindInMap': ['M', 'A', 'B'] }
  const again = (rest: object) => JSON.stringify({ Mappings: { M: { A: { B: times(20_000, 'a') } } }, ...rest })

  test.each<[string, string, RegExp]>([
    ['lists in lists', resource(`${'['.repeat(5_000)}1${']'.repeat(5_000)}`), /nested too deeply|not well-formed/],
    ['maps in maps', resource(`${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`), /nested too deeply|not well-formed/],
    [
      'functions in functions',
      resource(`${'!Base64 {"Fn::Sub": '.repeat(2_000)}x${'}'.repeat(2_000)}`),
      /nested too deeply|not well-formed/,
    ],
    [
      'twenty thousand members',
      `a:\n${Array.from({ length: 20_000 }, (_, i) => ` k${i}: 1\n`).join('')}`,
      /Invalid template property/,
    ],
    ['twenty thousand members in braces', `{${Array.from({ length: 20_000 }, (_, i) => `k${i}`).join(', ')}}`, /null/],
    ['JSON in JSON', `{"Resources":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_001)}`, /nested too deeply|too large/],
    ['JSON that does not end', `{"Resources":${'{"a":'.repeat(20_000)}`, /not well-formed|nested too deeply/],
    ['block sequences in block sequences', `a:\n${'- '.repeat(20_000)}1`, /nested too deeply|not well-formed/],
    ['an alias to what it is in', 'a: &a [*a]', /Template format error/],
    ['a merge of itself', 'a: &a {<<: *a}', /Template format error/],
    [
      'aliases of aliases',
      wide('', 1) +
        [
          'a: &a0 [x,x,x,x,x,x,x,x]',
          ...Array.from({ length: 12 }, (_, i) => `b${i}: &a${i + 1} [${wide(`*a${i}`, 8)}]`),
        ].join('\n'),
      /Template format error/,
    ],
    [
      'substitutions of substitutions',
      long +
        resource(
          `{"Fn::Sub": ['${wide('${x}', 2_000, '')}', {x: {"Fn::Sub": ['${wide('${y}', 2_000, '')}', {y: !Sub '${wide('${E}', 2_000, '')}'}]}}]}`,
        ),
      /^$/,
    ],
    [
      'a substitution that grows',
      long + resource(`{"Fn::Sub": ['${wide('${x}', 1_000, '')}', {x: !Sub '${wide('${P}', 1_000, '')}'}]}`),
      /may not be longer than/,
    ],
    ['a join that grows', long + resource(`!Join ['', [${wide('!Ref P', 2_000)}]]`), /may not be longer than/],
    [
      'conditions in a row',
      JSON.stringify({
        Conditions: Object.fromEntries(
          Array.from({ length: 20_000 }, (_, i) => [`C${i}`, { 'Fn::Not': [{ Condition: `C${i + 1}` }] }]),
        ),
        Resources: { A: { Type: 'T' } },
      }),
      /nested too deeply/,
    ],
    [
      'conditions in a circle',
      `Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n${resource('1')}`,
      /Circular dependency/,
    ],
    [
      'resources in a circle',
      'Resources: {A: {Type: T, DependsOn: B}, B: {Type: T, Properties: {P: !Ref A}}}',
      /Circular dependency/,
    ],
    [
      'lists that are joined again and again',
      again({ Resources: { A: { Type: 'T', Properties: { P: times(4_000, { 'Fn::Join': ['', mapped] }) } } } }),
      /too many items/,
    ],
    [
      'a text that is cut up again and again',
      again({
        Resources: {
          A: { Type: 'T', Properties: { P: times(4_000, { 'Fn::Split': [',', { 'Fn::Join': [',', mapped] }] }) } },
        },
      }),
      /too many items/,
    ],
    [
      'lists that are compared again and again',
      again({
        Conditions: Object.fromEntries(times(2_000, { 'Fn::Equals': [mapped, mapped] }).entries()),
        Resources: { A: { Type: 'T' } },
      }),
      /too many items/,
    ],
    [
      'rules about long lists',
      JSON.stringify({
        Parameters: { L: { Type: 'CommaDelimitedList', Default: times(2_000, 'x').join() } },
        Rules: { R: { Assertions: times(2_000, { Assert: { 'Fn::EachMemberIn': [{ Ref: 'L' }, { Ref: 'L' }] } }) } },
        Resources: { A: { Type: 'T' } },
      }),
      /too many items/,
    ],
    ['an IPv4 address in IPv6', resource("!Cidr ['::ffff:1.2.3.4/64', 1, 8]"), /Fn::Cidr/],
    ['an IPv6 address with a zone', resource("!Cidr ['fe80::1%eth0/64', 1, 8]"), /Fn::Cidr/],
  ])(
    '%s',
    async (_, text, message) => {
      expect((await refusal(text)) ?? '').toMatch(message)
    },
    5_000,
  )

  const every = { CodeUri: 's3://b/k', Handler: 'i.h', Runtime: 'nodejs22.x', Role: 'r', AutoPublishAlias: 'live' }
  const named = <T>(count: number, item: T) => Object.fromEntries(times(count, item).map((one, i) => [`N${i}`, one]))
  const functions = (count: number, Properties: object) =>
    named(count, { Type: 'AWS::Serverless::Function', Properties })
  const failing = { Type: 'Schedule', Properties: { Schedule: 'rate(1 minute)', DeadLetterConfig: { Type: 'SQS' } } }

  test.each<[string, object, RegExp]>([
    ['functions', { Resources: functions(15_000, {}), Globals: { Function: every } }, /Number of resources, 15000/],
    [
      'events',
      { Resources: functions(1, { ...every, Events: named(15_000, { Type: 'AlexaSkill' }) }) },
      /resources, 501/,
    ],
    [
      'global lists',
      {
        Resources: functions(450, { Layers: ['a'] }),
        Globals: { Function: { ...every, Layers: times(40_000, 'a') } },
      },
      /too large/,
    ],
    [
      'tags that go everywhere',
      {
        Resources: functions(1, {
          ...every,
          ...{ PropagateTags: true, Tags: named(30_000, 'v'), Events: named(90, failing) },
        }),
      },
      /too large/,
    ],
  ])(
    'serverless: many %s',
    (_, template, message) => {
      const root = parseTemplate(JSON.stringify({ Transform: transformName, ...template }))
      expect(() => transformServerless(root)).toThrow(message)
    },
    5_000,
  )

  test('drift of lists in lists', () => {
    const rules = (letter: string, last = '') =>
      Array.from({ length: 100 }, (_, i) => ({
        Names: Array.from({ length: 200 }, (_, j) => `${letter}${i}x${j}${j === 199 ? last : ''}`),
      }))
    const schema: ResourceSchema = {
      properties: { Rules: { type: { list: { ref: 'Rule' } } } },
      definitions: { Rule: { Names: { type: { list: 'string' } } } },
      attributes: {},
    }
    const drift = (actual: object[]) => compareLive(schema, { Rules: rules('a') }, { Rules: actual }, {}).differences
    expect(drift(rules('b'))).toHaveLength(20_000)
    expect(drift(rules('a', 'z'))).toHaveLength(100)
    const swapped = rules('a')
    swapped.push(...swapped.splice(0, 2))
    expect(drift(swapped)).toEqual([])
  }, 5_000)
})
