// The W3C trace context as a task carries it: which trace, which span in it, and whether it is recorded.

/** version, trace, span, flags (https://www.w3.org/TR/trace-context/); a later version may have more after them. */
const TRACEPARENT =
  /^((?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(?:$|(?<!^00.*)-)/

/** The part of `value` that every version has; undefined where it is no `traceparent`. */
export function readTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' ? TRACEPARENT.exec(value)?.[1] : undefined
}
