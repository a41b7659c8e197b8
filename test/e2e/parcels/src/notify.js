// Invoked asynchronously; what can't be notified ends in the queue of the undelivered.
exports.handler = async ({ customer }) => {
  console.log(`notifying ${customer}`)
  if (customer === 'nobody') throw new Error('nobody to notify')
  return { notified: customer }
}
