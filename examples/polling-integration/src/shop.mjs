/** How many orders are asked for at once: as many as the bus takes in a request. */
export const pageSize = 10

/** The shop's orders after the one with the id `after`, in the order of their ids. Fails when the shop does not answer in time. */
export async function ordersAfter(after) {
  const url = `${process.env.SHOP_URL}?after=${after}&limit=${pageSize}`
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`The shop answered ${response.status}.`)
  return await response.json()
}
