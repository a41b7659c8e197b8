import { expect, test } from 'vitest'
import fc from '../../test/fast-check.ts'
import { isAwsError } from '../kernel/errors.ts'
import { arnMatches, parseArnPattern, splitArn } from './arn-pattern.ts'
import { compilePolicy } from './compile.ts'
import { matches, parsePattern } from './pattern.ts'
import { validatePolicy } from './validate.ts'

const letters = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 14 })
const nothing = () => undefined

test('wildcards match what a regular expression would', () => {
  fc.assert(
    fc.property(letters('ab*?'), letters('ab'), (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect(matches(parsePattern(pattern, { wildcards: true, variables: true }), text, nothing)).toBe(
        expression.test(text),
      )
    }),
    { numRuns: 2_000 },
  )
})

test('an ARN matches itself, and wildcards stay inside their part', () => {
  fc.assert(
    fc.property(fc.array(letters('ab'), { minLength: 6, maxLength: 6 }), (parts) => {
      const arn = parts.join(':')
      expect(arnMatches(parseArnPattern(arn, true), splitArn(arn), nothing)).toBe(true)
      expect(arnMatches(parseArnPattern('*:*', true), splitArn(arn), nothing)).toBe(true)
      expect(arnMatches(parseArnPattern(`x*:${arn}`, true), splitArn(arn), nothing)).toBe(false)
    }),
  )
})

test('no text makes the policy parser fail otherwise than with MalformedPolicyDocument', () => {
  const member = fc.constantFrom(
    'Version',
    'Statement',
    'Effect',
    'Action',
    'NotAction',
    'Resource',
    'Principal',
    'Condition',
    'Sid',
    'Other',
    '__proto__',
    'constructor',
  )
  const leaf = fc.oneof(
    fc.string(),
    fc.constantFrom('Allow', 'Deny', '*', '2012-10-17', 's3:*', 'arn:aws:s3:::b'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  )
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(member, tie('document'), { maxKeys: 5 }),
    ),
  }))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        document.map((value) => JSON.stringify(value)),
      ),
      fc.constantFrom('identity', 'trust', 'resource'),
      (text, kind) => {
        for (const attempt of [() => compilePolicy(text), () => validatePolicy(text, kind)]) {
          try {
            attempt()
          } catch (error) {
            if (!isAwsError(error, 'MalformedPolicyDocument')) throw error
          }
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a condition of a strange name is refused rather than forgotten', () => {
  const hidden = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"__proto__":{"a:b":"c"}}}}'
  expect(() => compilePolicy(hidden)).toThrow('Invalid Condition type : __proto__')
})

test('deep and long policies are refused, not followed', () => {
  expect(() => compilePolicy('['.repeat(60_000))).toThrow('Syntax errors')
  expect(() => compilePolicy(`{"Statement":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).toThrow('Syntax errors')
  expect(() => compilePolicy(' '.repeat(70_000))).toThrow('longer than')
})
