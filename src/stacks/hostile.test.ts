import { describe, expect, test } from 'vitest'
import { refusal } from './prepared.fixture.ts'

describe('a template made to take all the time or memory there is is refused, or done with at once', () => {
  const resource = (properties: string) => `Resources: {A: {Type: T, Properties: {P: ${properties}}}}`
  const wide = (piece: string, times: number, with_ = ', ') => Array<string>(times).fill(piece).join(with_)
  const long = `Parameters: {P: {Type: String, Default: ${'x'.repeat(4_000)}}, L: {Type: CommaDelimitedList, Default: '${wide('x', 2_000, ',')}'}, E: {Type: String, Default: ''}}\n`

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
    ['an IPv4 address in IPv6', resource("!Cidr ['::ffff:1.2.3.4/64', 1, 8]"), /Fn::Cidr/],
    ['an IPv6 address with a zone', resource("!Cidr ['fe80::1%eth0/64', 1, 8]"), /Fn::Cidr/],
  ])(
    '%s',
    async (_, text, message) => {
      expect((await refusal(text)) ?? '').toMatch(message)
    },
    5_000,
  )
})
