// Times by the clock of the database, as `taskproc why` tells them.

/** The seconds from `column` to now. */
export function since(column: string): string {
  return `extract(epoch from now() - ${column})::float8`
}
