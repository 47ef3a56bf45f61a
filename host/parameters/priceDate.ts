/** Which release of `@pydantic/genai-prices` the price table was made of, and the day on which it was published. */
export const PRICES_FROM = { version: '0.1.8', date: '2026-09-23' };
