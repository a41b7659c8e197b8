/** From `from` gigabyte-seconds in a month on, a gigabyte-second costs this many US dollars. */
export interface PriceTier {
  readonly from: number
  readonly perGbSecond: number
}

/**
 * AWS's list price of Lambda: the tiers and discounts are those of
 * https://aws.amazon.com/blogs/compute/introducing-tiered-pricing-for-aws-lambda/ and the free tier that of
 * https://aws.amazon.com/lambda/pricing/. Change `asOf` with the figures.
 */
export const lambdaPrices = {
  source: 'https://aws.amazon.com/lambda/pricing/',
  asOf: '2025-08-01',
  region: 'us-east-1',
  currency: 'USD',
  perRequest: 0.2 / 1_000_000,
  duration: {
    x86_64: [
      { from: 0, perGbSecond: 0.0000166667 },
      { from: 6e9, perGbSecond: 0.000015 },
      { from: 15e9, perGbSecond: 0.0000133334 },
    ],
    arm64: [
      { from: 0, perGbSecond: 0.0000133334 },
      { from: 7.5e9, perGbSecond: 0.0000120001 },
      { from: 18.75e9, perGbSecond: 0.0000106667 },
    ],
  },
  /** Of `/tmp` beyond the first 512 MB. */
  storage: { includedMb: 512, perGbSecond: 0.0000000309 },
  /** Each month. */
  freeTier: { requests: 1_000_000, gbSeconds: 400_000 },
} as const satisfies {
  readonly duration: Readonly<Record<string, readonly PriceTier[]>>
  readonly [other: string]: unknown
}
