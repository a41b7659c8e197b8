import { withTax } from './tax.ts'

export const handler = async (event: { amount: number }) => ({
  price: withTax(event.amount),
  currency: process.env.CURRENCY,
})
