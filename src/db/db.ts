// What every verb of the store asks.
import type pg from 'pg'

/** What a statement needs: a pool, or one connection that may be inside a transaction of the caller's. */
export type Db = Pick<pg.ClientBase, 'query'>
