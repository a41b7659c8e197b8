const rate = 0.25

export function withTax(amount: number): number {
  return amount * (1 + rate)
}
