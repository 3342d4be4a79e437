// What is printed to be typed: names as words of a POSIX shell and as literals of SQL.

/** A name as a word of a POSIX shell. */
export function shellWord(name: string): string {
  return /^[\w@%+=:,./-]+$/.test(name) && !name.startsWith('-') ? name : `'${name.replaceAll("'", `'\\''`)}'`
}

/** A text as a literal of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Of these nothing but the quotes themselves means something to a shell between double quotes. */
const INSIDE_QUOTES = /["$`\\!]/

/** SQL as the argument of psql, readable where that is possible: between double quotes, in which it may have single ones. */
export function sqlArgument(sql: string): string {
  return INSIDE_QUOTES.test(sql) ? shellWord(sql) : `"${sql}"`
}
