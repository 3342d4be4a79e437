// How figures and tables are written in the results.

const NUMBER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Three figures: 54,321 becomes 54,300, 0.4712 becomes 0.471. */
export function figure(value, unit = '') {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'not measured'
  const rounded = value === 0 ? 0 : Number(value.toPrecision(3))
  return `${Math.abs(rounded) >= 1000 ? NUMBER.format(rounded) : rounded}${unit}`
}

/** `2.61 x (2.40-2.75)`. */
export function times(ratio) {
  if (ratio === null) return 'not measured'
  return `${figure(ratio.median)} x (${figure(ratio.min)}-${figure(ratio.max)})`
}

/** Of columns and rows of texts; the first column is left, the others right. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [
    line(head),
    line(head.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...rows.map((row) =>
      line(row.map((cell) => String(cell).trim().replaceAll('|', '\\|').replaceAll('\n', ' '))),
    ),
  ].join('\n')
}

export function megabytes(bytes) {
  return figure(bytes / 1e6, ' MB')
}
