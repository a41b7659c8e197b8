import { expect, test } from 'vitest'
import { mask } from './mask.ts'

const card = '4111111111111111'
const gone = '*'.repeat(card.length)

test.each<[string, string]>([
  [`${card} 123`, `${gone} 123`],
  [`${card}-12`, `${gone}-12`],
  [`300 ${card}`, `300 ${gone}`],
  [`order-${card}`, `order-${gone}`],
  [`12${card}`, `12${card}`],
  [`0.${card}`, `0.${card}`],
])('a card is found among other numbers: %s', (text, masked) => {
  expect(mask(text, ['CreditCardNumber'])).toBe(masked)
})

test('addresses are found side by side, and what is none is left', () => {
  const of = (text: string) => mask(text, ['EmailAddress'])
  expect(of('to:ann.lee+x@mail.example.com,bob@b.org')).toBe(`to:${'*'.repeat(26)},${'*'.repeat(9)}`)
  expect(of('a@b @example.com ann@local')).toBe('a@b @example.com ann@local')
})
