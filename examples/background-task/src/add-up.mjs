/** What a unit of each currency is worth in euros. */
const rates = { EUR: 1, USD: 0.92, GBP: 1.17 }

/** The work itself: payments in several currencies, in euros. */
export function addUp(payments) {
  const euros = payments.map(({ amount, currency }) => {
    if (!Object.hasOwn(rates, currency)) throw new Error(`There is no rate for ${currency}.`)
    return amount * rates[currency]
  })
  return { euros: Number(euros.reduce((sum, amount) => sum + amount, 0).toFixed(2)) }
}
