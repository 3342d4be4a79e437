// For `node --import`: throws, where nobody catches it, when a SIGUSR2 comes.
process.on('SIGUSR2', () => {
  throw new Error('thrown on purpose')
})
